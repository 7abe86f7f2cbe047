#include "milter/ctl/suggest_rule.h"

#include <string.h>

#include "milter/ctl/period.h"

enum suggest_left
suggest_enough(const struct suggest_limits *limits, uint64_t messages,
    int64_t first, int64_t last)
{
	if (messages < limits->messages)
		return SUGGEST_FEW;
	if (last - first < (int64_t)limits->days * PERIOD_DAY_MS)
		return SUGGEST_SHORT;
	return SUGGEST_NOT_LEFT;
}

static enum suggest_left
enough(const struct suggest_limits *limits,
    const struct suggest_evidence *evidence)
{
	return suggest_enough(
	    limits, evidence->messages, evidence->first, evidence->last);
}

/* Sessions over TLS that no level can take in. */
static bool
is_weak(const struct suggest_evidence *evidence)
{
	return evidence->tls > 0 &&
	    (evidence->weak || evidence->min_tls < TLS_VERSION_1_0);
}

static enum suggest_left
judge_from(const struct suggest_evidence *from,
    const struct suggest_limits *limits, enum mode in_force, enum mode *out)
{
	enum mode mode = from->clear == 0 ? MODE_REQUIRE : MODE_PREFER;
	enum suggest_left left;

	if (in_force >= mode)
		return SUGGEST_ALREADY;
	left = enough(limits, from);
	if (left != SUGGEST_NOT_LEFT)
		return left;
	if (from->unknown > 0)
		return SUGGEST_UNKNOWN;
	if (from->tls == 0)
		return SUGGEST_CLEAR;
	if (is_weak(from))
		return SUGGEST_WEAK;
	*out = mode;
	return SUGGEST_NOT_LEFT;
}

/* prefer binds no delivery, so that this side knows require alone. */
static enum suggest_left
judge_to(const struct suggest_candidate *candidate,
    const struct suggest_limits *limits, enum mode in_force, enum mode *out)
{
	const struct suggest_evidence *to = &candidate->to;
	const struct suggest_evidence *sent = &candidate->out;
	enum suggest_left left;

	if (in_force == MODE_REQUIRE)
		return SUGGEST_ALREADY;
	left = enough(limits, sent);
	if (left != SUGGEST_NOT_LEFT)
		return left;
	if (sent->unknown + to->unknown > 0)
		return SUGGEST_UNKNOWN;
	if (sent->failed > 0)
		return SUGGEST_FAILED;
	if (sent->clear + to->clear > 0)
		return SUGGEST_CLEAR;
	if (is_weak(sent) || is_weak(to))
		return SUGGEST_WEAK;
	*out = MODE_REQUIRE;
	return SUGGEST_NOT_LEFT;
}

/* Take into all what the sessions under one mode satisfy. */
static bool
take_in(struct suggest_evidence *all, const struct suggest_evidence *evidence)
{
	if (evidence->tls == 0)
		return true;
	suggest_lower(all, evidence);
	return !is_weak(evidence);
}

/*
 * The highest level that all sessions under a mode of the stanza satisfy.
 * Returns false when there is none.
 */
static bool
find_level(struct suggestion *suggestion)
{
	const struct suggest_candidate *candidate = suggestion->candidate;
	struct suggest_evidence all = {.min_tls = TLS_VERSION_1_3,
	    .min_bits = level_default.min_bits,
	    .ciphers = CIPHERS_BCP195,
	    .peer = PEER_NAMED};
	bool found = true;

	if (suggestion->from != MODE_FALLBACK_ALLOWED)
		found = take_in(&all, &candidate->from);
	if (suggestion->to != MODE_FALLBACK_ALLOWED)
		found = take_in(&all, &candidate->to) && found;
	if (suggestion->to == MODE_REQUIRE) {
		suggestion->one_peer =
		    suggestion->from != MODE_FALLBACK_ALLOWED &&
		    candidate->from.tls > 0 && all.peer != PEER_ANY;
		found = take_in(&all, &candidate->out) && found;
		all.peer = PEER_ANY;
	}
	suggestion->level.min_tls = all.min_tls;
	suggestion->level.min_bits = all.min_bits;
	suggestion->level.ciphers = all.ciphers;
	suggestion->level.peer = all.peer;
	return found;
}

bool
suggest_decide(const struct suggest_candidate *candidate,
    const struct suggest_limits *limits, const struct match *in_force,
    const bool asked[2], struct suggestion *out)
{
	const struct rule *rule = in_force->rule;

	memset(out, 0, sizeof(*out));
	out->candidate = candidate;
	out->from = rule->from;
	out->to = rule->to;
	out->left_from = SUGGEST_NOTHING;
	out->left_to = SUGGEST_NOTHING;
	if (asked[RECORD_IN])
		out->left_from = judge_from(
		    &candidate->from, limits, rule->from, &out->from);
	if (asked[RECORD_OUT])
		out->left_to =
		    judge_to(candidate, limits, rule->to, &out->to);
	if (out->left_from != SUGGEST_NOT_LEFT &&
	    out->left_to != SUGGEST_NOT_LEFT)
		return false;
	if (!find_level(out)) {
		/* What the other side has is too weak for a common level. */
		if (out->left_from == SUGGEST_NOT_LEFT)
			out->left_from = SUGGEST_WEAK;
		if (out->left_to == SUGGEST_NOT_LEFT)
			out->left_to = SUGGEST_WEAK;
		return false;
	}
	out->governed = !slice_is(in_force->domain, "*");
	out->mixed = out->left_from == SUGGEST_NOT_LEFT &&
	    out->from == MODE_PREFER && suggest_is_mixed(&candidate->from);
	return true;
}
