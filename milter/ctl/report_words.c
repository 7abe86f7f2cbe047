#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "milter/ctl/report.h"

void
report_number(uint64_t value, char out[REPORT_NUMBER])
{
	char digits[REPORT_NUMBER];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, value);
	int used = 0;
	int i;

	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[used++] = ',';
		out[used++] = digits[i];
	}
	out[used] = '\0';
}

/*
 * 99.99 % is 99.9 %, so that 100 % means all, and one in a million is not 0.
 */
void
report_percent(uint64_t part, uint64_t whole, char out[REPORT_NUMBER])
{
	uint64_t tenths;

	if (whole == 0) {
		(void)snprintf(out, REPORT_NUMBER, "-");
		return;
	}
	if (part == whole) {
		(void)snprintf(out, REPORT_NUMBER, "100 %%");
		return;
	}
	tenths = (uint64_t)((double)part * 1000.0 / (double)whole + 0.5);
	if (tenths > 999)
		tenths = 999;
	if (tenths == 0 && part > 0) {
		(void)snprintf(out, REPORT_NUMBER, "<0.1 %%");
		return;
	}
	(void)snprintf(out, REPORT_NUMBER, "%" PRIu64 ".%" PRIu64 " %%",
	    tenths / 10, tenths % 10);
}

void
report_period(const struct report *report, char since[PERIOD_TEXT],
    char until[PERIOD_TEXT])
{
	struct period all;

	period_init(&all);
	period_print(report->asked.first != all.first
		? report->asked.first : report->range.first_day, since);
	period_print(report->asked.last != all.last
		? report->asked.last : report->range.last_day, until);
}

void
report_date(int64_t time, char out[REPORT_NUMBER])
{
	if (time == QUERIES_NO_TIME)
		(void)snprintf(out, REPORT_NUMBER, "never");
	else
		period_print(time / PERIOD_DAY_MS, out);
}

/* "All 1,204 messages from bank.example since 2026-01-03" */
static void
put_subject(const struct queries_row *row, struct buf *out)
{
	bool is_out = row->direction == RECORD_OUT;
	char messages[REPORT_NUMBER], tls[REPORT_NUMBER];
	char share[REPORT_NUMBER], since[REPORT_NUMBER];

	report_number(row->messages, messages);
	report_number(row->tls, tls);
	report_percent(row->tls, row->messages, share);
	report_date(row->first_message, since);
	if (row->messages == 1)
		buf_puts(out,
		    row->tls == 1 ? "The only message" : "1 message");
	else if (row->tls == row->messages)
		buf_printf(out, "All %s messages", messages);
	else if (row->tls == 0)
		buf_printf(out, "None of %s messages", messages);
	else
		buf_printf(out, "%s of %s messages (%s)", tls, messages,
		    share);
	buf_printf(out, " %s %s since %s", is_out ? "to" : "from",
	    row->domain, since);
}

/* "came over TLS 1.2 or later" */
static void
put_predicate(const struct queries_row *row, struct buf *out)
{
	bool is_out = row->direction == RECORD_OUT;
	const char *number = tls_version_number(row->min_tls);

	if (row->messages == 1 && row->tls == 0)
		buf_puts(out, is_out ? " did not go" : " did not come");
	else
		buf_puts(out, is_out ? " went" : " came");
	buf_puts(out, " over TLS");
	if (row->tls == 0)
		return;
	if (number[0] != '\0')
		buf_printf(out, " %s or later", number);
	else
		buf_printf(out, " (the oldest protocol was %s)",
		    row->min_tls_text);
}

/* The MTA logs no TLS lines: neither yes nor no. */
static void
put_unknown(const struct queries_row *row, struct buf *out)
{
	char messages[REPORT_NUMBER], since[REPORT_NUMBER];
	char last[REPORT_NUMBER];

	report_number(row->messages, messages);
	report_date(row->first_message, since);
	report_date(row->last_plain, last);
	buf_printf(out, "Of %s messages %s %s since %s it is not known whether "
	    "they %s over TLS: the mail server did not say; last in clear: "
	    "%s.", messages, row->direction == RECORD_OUT ? "to" : "from",
	    row->domain, since,
	    row->direction == RECORD_OUT ? "went" : "came",
	    row->last_plain == QUERIES_NO_TIME ? "not known" : last);
}

static void
put_rest(const struct queries_row *row, struct buf *out)
{
	char count[REPORT_NUMBER], last[REPORT_NUMBER];

	if (row->plain > 0) {
		report_number(row->plain, count);
		buf_printf(out, "; %s in clear", count);
	}
	if (row->unknown > 0) {
		report_number(row->unknown, count);
		buf_printf(out, "; of %s it is not known", count);
	}
	report_date(row->last_plain, last);
	buf_printf(out, "; last in clear: %s.", last);
}

void
report_sentence(const struct queries_row *row, struct buf *out)
{
	bool is_out = row->direction == RECORD_OUT;
	char count[REPORT_NUMBER];

	if (row->messages > 0 && row->unknown == row->messages)
		put_unknown(row, out);
	else if (row->messages > 0) {
		put_subject(row, out);
		put_predicate(row, out);
		put_rest(row, out);
	} else
		buf_printf(out, "No message %s %s is on record.",
		    is_out ? "to" : "from", row->domain);
	if (row->refused + row->deferred + row->downgrades == 0)
		return;
	report_number(
	    row->refused + row->deferred + row->downgrades, count);
	buf_printf(out, is_out ? " %s attempts failed for want of TLS."
			       : " %s attempts were refused or deferred.",
	    count);
}

bool
report_headline(const struct report *report, struct buf *out)
{
	size_t required = 0;
	size_t breached = 0;
	size_t i;

	for (i = 0; i < report->count; i++) {
		if (report->rows[i].rule == NULL ||
		    report->rows[i].mode != MODE_REQUIRE)
			continue;
		required++;
		if (report_is_breach(&report->rows[i]))
			breached++;
	}
	if (required == 0)
		buf_puts(out, "No domain on record is required to use TLS.");
	else if (breached == 0)
		buf_printf(out, "Where the policy requires TLS (%zu domains "
		    "and directions), all mail went over TLS.", required);
	else
		buf_printf(out, "Where the policy requires TLS (%zu domains "
		    "and directions), mail passed without it in %zu: see "
		    "below.", required, breached);
	return breached == 0;
}

void
report_policy(const struct report *report, const char *domain,
    enum record_direction direction, struct buf *out)
{
	const struct rule *rule;
	struct domain name;
	struct match match;

	if (report->config == NULL) {
		buf_puts(out, "not known: no configuration was read");
		return;
	}
	domain_normalize(slice_of(domain), &name);
	table_find(report->config->table, &name, &match);
	rule = match.rule;
	buf_printf(out, "\"%.*s\": ", (int)match.domain.len, match.domain.at);
	buf_printf(out, direction == RECORD_OUT ? "to %s" : "from %s",
	    mode_name(direction == RECORD_OUT ? rule->to : rule->from));
	buf_printf(out, ", TLS %s, %u bits, ciphers %s, peer %s, %s",
	    tls_version_number(rule->level.min_tls), rule->level.min_bits,
	    ciphers_name(rule->level.ciphers), peer_name(rule->level.peer),
	    operation_name(rule->operation));
}

/* The row of the same domain that stands next to this one, or NULL. */
static const struct report_row *
sibling_of(const struct report *report, size_t at)
{
	const struct report_row *row = &report->rows[at];

	if (at + 1 < report->count &&
	    strcmp(row->domain, report->rows[at + 1].domain) == 0)
		return &report->rows[at + 1];
	return NULL;
}

bool
report_begins_stanza(const struct report *report, size_t at)
{
	if (!report_can_tighten(&report->rows[at]))
		return false;
	/* Of two rows the inbound one stands first and takes both in. */
	return at == 0 ||
	    strcmp(report->rows[at].domain, report->rows[at - 1].domain) !=
		0 ||
	    !report_can_tighten(&report->rows[at - 1]);
}

/* "# in: 1,204 messages since 2026-01-03, all over TLS 1.2 or later" */
static void
put_reason(const struct report_row *row, const char *indent,
    struct buf *out)
{
	char count[REPORT_NUMBER], since[REPORT_NUMBER];

	report_number(row->counts.messages, count);
	report_date(row->counts.first_message, since);
	buf_printf(out, "%s# %s: %s messages since %s, all over TLS %s or "
	    "later\n", indent,
	    record_direction_name(row->counts.direction), count, since,
	    tls_version_number(row->counts.min_tls));
}

static void
put_side(const struct report_row *row, const char *indent, struct buf *out)
{
	buf_printf(out, "%s    %s = \"require\"\n", indent,
	    row->counts.direction == RECORD_OUT ? "to" : "from");
}

void
report_stanza(const struct report *report, size_t at, const char *indent,
    struct buf *out)
{
	const struct report_row *row = &report->rows[at];
	const struct report_row *other = sibling_of(report, at);

	if (other != NULL && !report_can_tighten(other))
		other = NULL;
	put_reason(row, indent, out);
	if (other != NULL)
		put_reason(other, indent, out);
	if (row->has_section)
		buf_printf(out, "%s# this domain has a section or line of its "
		    "own: change it there\n", indent);
	/* Of names below it nothing is said here. */
	buf_printf(out, "%spolicy \"%s\" {\n%s    subdomains = false\n",
	    indent, row->domain, indent);
	put_side(row, indent, out);
	if (other != NULL)
		put_side(other, indent, out);
	buf_printf(out, "%s}\n", indent);
}
