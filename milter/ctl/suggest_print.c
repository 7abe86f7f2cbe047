#include "milter/ctl/suggest_print.h"

#include <inttypes.h>

#include "milter/ctl/report.h"

static void
put_hosts(const struct suggest_evidence *evidence, struct buf *out)
{
	size_t i;

	for (i = 0; i < evidence->host_count; i++)
		buf_printf(out, "%s%s", i == 0 ? "" : ", ",
		    evidence->hosts[i][0] == '\0' ? "a host without address"
						  : evidence->hosts[i]);
	if (evidence->more_hosts)
		buf_puts(out, " and others");
}

/* "1,204 messages from 2026-01-03 to 2026-05-01 (118 days)" */
static void
put_extent(const struct suggest_evidence *evidence, struct buf *out)
{
	char count[REPORT_NUMBER], first[REPORT_NUMBER], last[REPORT_NUMBER];

	report_number(evidence->messages, count);
	report_date(evidence->first, first);
	report_date(evidence->last, last);
	buf_printf(out, "%s messages in %" PRId64 " days, first seen %s, last "
	    "%s", count,
	    (evidence->last - evidence->first) / PERIOD_DAY_MS, first, last);
}

static void
put_tls(const struct suggest_evidence *evidence, struct buf *out)
{
	const char *number = tls_version_number(evidence->min_tls);

	if (evidence->tls > 0)
		buf_printf(out, "lowest version %s%s",
		    number[0] == '\0' ? "" : "TLS ",
		    number[0] == '\0' ? "none of TLS 1.0 to 1.3" : number);
}

/* The figures of a side, as comment lines of at most 80 columns. */
static void
put_side(const char *side, const struct suggest_evidence *evidence,
    struct buf *out)
{
	char clear[REPORT_NUMBER], share[REPORT_NUMBER];

	if (evidence->messages == 0)
		return;
	buf_printf(out, "# %s: ", side);
	put_extent(evidence, out);
	buf_puts(out, "\n#   ");
	if (evidence->clear == 0 && evidence->unknown == 0)
		buf_puts(out, "all over TLS, ");
	put_tls(evidence, out);
	if (evidence->clear > 0) {
		report_number(evidence->clear, clear);
		report_percent(evidence->clear,
		    evidence->clear + evidence->tls + evidence->unknown,
		    share);
		buf_printf(out, "%s%s in clear (%s):\n#   ",
		    evidence->tls > 0 ? "; " : "", clear, share);
		put_hosts(evidence, out);
	}
	buf_putc(out, '\n');
}

/* What stands against pasting it as it is. */
static void
put_doubts(const struct suggestion *suggestion, const struct match *in_force,
    struct buf *out)
{
	if (suggestion->governed) {
		buf_puts(out, "# policy \"");
		buf_put_slice(out, in_force->domain);
		buf_puts(out, "\" speaks for it: change it there, at no higher "
			      "level than\n");
	} else if (suggestion->mixed) {
		buf_printf(out, "# The same networks send over TLS and in "
		    "clear: prefer would hold their\n# mail in clear back for "
		    "%u seconds (patience). Ask the postmaster first.\n",
		    (unsigned)in_force->rule->patience);
	}
	if (suggestion->one_peer)
		buf_puts(out, "# Every client certificate was trusted, but "
			      "peer would bind the servers too:\n# ask them "
			      "with hopseal probe.\n");
	if (suggestion->level.min_tls < TLS_VERSION_1_2)
		buf_puts(out, "# TLS before 1.2 is obsolete (RFC 8996): ask "
			      "the postmaster.\n");
}

static void
put_line(const char *prefix, const char *key, const char *value,
    struct buf *out)
{
	buf_printf(out, "%s\t%s = \"%s\"\n", prefix, key, value);
}

/*
 * A section replaces the rule that held before, so that it repeats what of
 * the rule `*` is not the default.
 */
static void
put_inherited(const char *prefix, const struct rule *rule, struct buf *out)
{
	if (rule->action != rule_default.action)
		put_line(prefix, "action", action_name(rule->action), out);
	if (rule->patience != rule_default.patience)
		buf_printf(out, "%s\tpatience = %u\n", prefix,
		    (unsigned)rule->patience);
	if (rule->memory != rule_default.memory)
		buf_printf(out, "%s\tmemory = %u\n", prefix,
		    (unsigned)rule->memory);
	if (rule->help_url != NULL)
		put_line(prefix, "help-url", rule->help_url, out);
}

static void
put_stanza(const struct suggestion *suggestion, const struct match *in_force,
    struct buf *out)
{
	const char *prefix =
	    suggestion->governed || suggestion->mixed ? "#" : "";
	const struct level *level = &suggestion->level;

	buf_printf(out, "%spolicy \"%s\" {\n", prefix,
	    suggestion->candidate->domain);
	buf_printf(out, "%s\tsubdomains = false\n", prefix);
	if (suggestion->from != MODE_FALLBACK_ALLOWED)
		put_line(prefix, "from", mode_name(suggestion->from), out);
	if (suggestion->to != MODE_FALLBACK_ALLOWED)
		put_line(prefix, "to", mode_name(suggestion->to), out);
	put_line(prefix, "min-tls", tls_version_number(level->min_tls), out);
	put_line(prefix, "ciphers", ciphers_name(level->ciphers), out);
	if (level->min_bits != level_default.min_bits)
		buf_printf(out, "%s\tmin-bits = %u\n", prefix,
		    level->min_bits);
	if (level->peer != PEER_ANY)
		put_line(prefix, "peer", peer_name(level->peer), out);
	put_inherited(prefix, in_force->rule, out);
	buf_printf(out, "%s}\n", prefix);
}

void
suggest_print(const struct suggestion *suggestion,
    const struct match *in_force, struct buf *out)
{
	const struct suggest_candidate *candidate = suggestion->candidate;

	buf_printf(out, "\n# %s\n", candidate->domain);
	put_side("from", &candidate->from, out);
	put_side("to", &candidate->out, out);
	put_doubts(suggestion, in_force, out);
	put_stanza(suggestion, in_force, out);
}

void
suggest_print_left(const uint64_t counts[SUGGEST_LEFT_REASONS],
    const struct suggest_limits *limits, struct buf *out)
{
	static const char *const words[SUGGEST_LEFT_REASONS] = {
	    [SUGGEST_ALREADY] = "already under a rule that asks for as much",
	    [SUGGEST_FEW] = "with too few messages (--min-messages)",
	    [SUGGEST_SHORT] = "seen for too few days (--days)",
	    [SUGGEST_UNKNOWN] = "where the MTA did not say what TLS there was",
	    [SUGGEST_FAILED] = "where a delivery found no TLS",
	    [SUGGEST_CLEAR] = "in clear only, or reached in clear",
	    [SUGGEST_WEAK] = "with weak ciphers, or bits that are not known",
	};
	bool begun = false;
	int i;

	for (i = SUGGEST_ALREADY; i < SUGGEST_LEFT_REASONS; i++) {
		if (counts[i] == 0)
			continue;
		if (!begun)
			buf_printf(out, "\n# Left out (domain and direction; "
			    "wanted are %" PRIu64 " messages over %" PRIu64
			    " days):\n", limits->messages, limits->days);
		begun = true;
		buf_printf(out, "# %8" PRIu64 " %s\n", counts[i], words[i]);
	}
}
