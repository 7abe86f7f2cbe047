#include "policy/decide.h"

#include <string.h>

/* RFC 8689, 4.1: the message must not go on without TLS. */
static const struct rule requiretls_rule = {
    .from = MODE_REQUIRE,
    .to = MODE_REQUIRE,
    .action = ACTION_REJECT,
    .level =
	{
	    .min_tls = TLS_VERSION_1_2,
	    .min_bits = 128,
	    .ciphers = CIPHERS_FORWARD_SECRET,
	    .peer = PEER_ANY,
	},
};

/*
 * The sender's domain that the ledger remembers, which is the one that it
 * records: the first. NULL when there is none: null senders and literals have
 * no memory (POLICY.md, "Rulings").
 */
static const struct domain *
remembered_sender(const struct facts *facts)
{
	if (facts->sender_count == 0 ||
	    facts->senders[0].kind != DOMAIN_NAME)
		return NULL;
	return &facts->senders[0];
}

/* The ledger knows TLS from here, and patience has not run out. */
static bool
is_downgrade(const struct rule *rule, const struct history *history)
{
	if (!history->met_before || history->met_age >= rule->memory)
		return false;
	return !history->plain_before ||
	    history->plain_age < rule->patience;
}

/* The table of POLICY.md, "Decision", under operation enforce. */
static enum outcome
outcome_of(const struct rule *rule, enum mode mode, enum gap gap,
    const struct history *history)
{
	if (gap == GAP_NONE)
		return OUTCOME_PASS;
	switch (mode) {
	case MODE_FALLBACK_ALLOWED:
		return OUTCOME_FALLBACK;
	case MODE_PREFER:
		if (gap != GAP_UNKNOWN && is_downgrade(rule, history))
			return OUTCOME_DOWNGRADE;
		return OUTCOME_FALLBACK;
	case MODE_REQUIRE:
		break;
	}
	if (gap == GAP_UNKNOWN || rule->action == ACTION_DEFER)
		return OUTCOME_DEFER;
	return OUTCOME_REJECT;
}

/* What a refusal becomes where the operation refuses nothing. */
static enum outcome
outcome_observed(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_TRUSTED:
	case OUTCOME_PASS:
	case OUTCOME_FALLBACK:
	case OUTCOME_WOULD_DEFER:
	case OUTCOME_WOULD_REJECT:
		break;
	case OUTCOME_DOWNGRADE:
	case OUTCOME_DEFER:
		return OUTCOME_WOULD_DEFER;
	case OUTCOME_REJECT:
		return OUTCOME_WOULD_REJECT;
	}
	return outcome;
}

/* One side of one rule. */
struct claim {
	enum side side;
	enum mode mode;
	enum operation operation;
	struct match match;
};

static void
judge(const struct facts *facts, const struct claim *claim,
    struct verdict *out)
{
	static const struct history no_history;
	const struct rule *rule = claim->match.rule;
	const struct domain *sender = remembered_sender(facts);

	memset(out, 0, sizeof(*out));
	out->side = claim->side;
	out->domain = claim->match.domain;
	out->rule = rule;
	out->mode = claim->mode;
	out->strictest = claim->mode;
	if (sender != NULL)
		out->subject = domain_slice(sender);
	out->gap = level_check(&rule->level, claim->match.domain, facts->tls);
	out->met = out->gap == GAP_NONE;
	out->all_stamp = claim->operation != OPERATION_OBSERVE;
	out->to_require = claim->side != SIDE_TO ||
	    (claim->mode == MODE_REQUIRE &&
		claim->operation == OPERATION_ENFORCE);
	out->outcome = outcome_of(rule, claim->mode, out->gap,
	    sender != NULL ? &facts->history : &no_history);
	if (claim->operation != OPERATION_ENFORCE)
		out->outcome = outcome_observed(out->outcome);
}

static void
judge_and_join(const struct facts *facts, const struct claim *claim,
    struct verdict *sum)
{
	struct verdict verdict;

	judge(facts, claim, &verdict);
	if (sum->side == SIDE_NONE)
		*sum = verdict;
	else
		verdict_join(sum, &verdict);
}

static void
judge_senders(const struct table *table, const struct facts *facts,
    struct verdict *sum)
{
	struct claim claim = {.side = SIDE_FROM};
	size_t i;

	for (i = 0; i < facts->sender_count; i++) {
		table_find(table, &facts->senders[i], &claim.match);
		claim.mode = claim.match.rule->from;
		claim.operation = claim.match.rule->operation;
		judge_and_join(facts, &claim, sum);
	}
}

static void
judge_recipients(const struct table *table, const struct facts *facts,
    struct verdict *sum)
{
	struct claim claim = {.side = SIDE_TO};
	size_t i;

	for (i = 0; i < facts->recipient_count; i++) {
		table_find(table, &facts->recipients[i], &claim.match);
		claim.mode = claim.match.rule->to;
		claim.operation = claim.match.rule->operation;
		judge_and_join(facts, &claim, sum);
	}
}

static void
judge_client(const struct table *table, const struct facts *facts,
    struct verdict *sum)
{
	struct claim claim = {.side = SIDE_CLIENT};

	if (!table_find_client(table, facts->client_addr, facts->client_name,
		&claim.match))
		return;
	claim.mode = claim.match.rule->from;
	claim.operation = claim.match.rule->operation;
	judge_and_join(facts, &claim, sum);
}

static void
judge_requiretls(const struct facts *facts, struct verdict *sum)
{
	struct claim claim = {
	    .side = SIDE_REQUIRETLS,
	    .mode = MODE_REQUIRE,
	    .operation = facts->operation,
	    .match = {&requiretls_rule, slice_of("REQUIRETLS")},
	};

	if (facts->requiretls)
		judge_and_join(facts, &claim, sum);
}

void
decide_recipient(const struct table *table, const struct facts *facts,
    struct verdict *out)
{
	memset(out, 0, sizeof(*out));
	out->outcome = OUTCOME_TRUSTED;
	if (!facts->judged)
		return;
	judge_senders(table, facts, out);
	judge_recipients(table, facts, out);
	judge_client(table, facts, out);
	judge_requiretls(facts, out);
	if (facts->exempt && verdict_refuses(out)) {
		out->outcome = OUTCOME_FALLBACK;
		out->exempted = true;
	}
}

void
decide_header_from(const struct table *table, const struct facts *facts,
    const struct domain *domain, struct verdict *out)
{
	struct facts known = *facts;
	struct claim claim = {.side = SIDE_HEADER_FROM};

	memset(out, 0, sizeof(*out));
	out->outcome = OUTCOME_TRUSTED;
	if (!facts->judged)
		return;
	table_find(table, domain, &claim.match);
	if (!claim.match.rule->header_from) {
		out->outcome = OUTCOME_PASS;
		return;
	}
	memset(&known.history, 0, sizeof(known.history));
	claim.mode = claim.match.rule->from;
	claim.operation = claim.match.rule->operation;
	judge_and_join(&known, &claim, out);
}
