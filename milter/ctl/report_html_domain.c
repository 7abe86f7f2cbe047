#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "milter/ctl/report_chart.h"
#include "milter/ctl/report_html.h"
#include "milter/ctl/report_page.h"
#include "milter/ledger/entry.h"

enum { SENTENCE_MAX = 2048 };

static void
print_answer(const struct queries_row *row)
{
	const char *class_name =
	    row->messages > 0 && row->tls == row->messages ? "good"
	    : row->plain > 0				   ? "bad"
							   : "";
	struct buf text;

	buf_init(&text, SENTENCE_MAX);
	report_sentence(row, &text);
	(void)printf("<p class=\"answer %s\">", class_name);
	page_text(buf_text(&text));
	(void)puts("</p>");
	buf_clear(&text);
}

struct share_table {
	const struct queries_row *row;
	const char *title;
	unsigned count;
};

static void
print_share(void *context, const struct queries_share *share)
{
	struct share_table *table = context;
	char count[REPORT_NUMBER], part[REPORT_NUMBER], last[REPORT_NUMBER];

	if (++table->count > REPORT_LIST_MAX)
		return;
	if (table->count == 1)
		(void)printf("<table><thead><tr><th>%s</th><th class=\"n\">"
		    "Messages</th><th class=\"n\">Share</th><th class=\"n\">"
		    "Refused or deferred</th><th class=\"n\">Last seen</th>"
		    "</tr></thead><tbody>\n", table->title);
	report_number(share->messages, count);
	report_percent(share->messages, table->row->messages, part);
	report_date(share->last_seen, last);
	(void)fputs("<tr><td class=\"d\">", stdout);
	page_text(strcmp(share->name, "none") == 0 ? "in clear" : share->name);
	(void)printf("</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
	    "<td class=\"n\">%" PRIu64 "</td><td class=\"n\">%s</td></tr>\n",
	    count, part, share->refused, last);
}

static enum status
print_shares(struct report *report, const struct queries_row *row,
    enum queries_by by, const char *title, struct fault *fault)
{
	struct share_table table = {.row = row, .title = title};
	enum status status = queries_shares(report->queries, &report->range,
	    row->domain, row->direction, by, print_share, &table, fault);

	if (table.count > 0)
		(void)puts("</tbody></table>");
	if (table.count > REPORT_LIST_MAX)
		(void)printf("<p class=\"note\">and %u more</p>\n",
		    table.count - REPORT_LIST_MAX);
	return status;
}

static void
print_facts(const struct report *report, const struct queries_row *row)
{
	char first[REPORT_NUMBER], last[REPORT_NUMBER], plain[REPORT_NUMBER];
	struct buf policy;

	buf_init(&policy, SENTENCE_MAX);
	report_policy(report, row->domain, row->direction, &policy);
	report_date(row->first_seen, first);
	report_date(row->last_seen, last);
	report_date(row->last_plain, plain);
	(void)fputs("<table><tbody><tr><th>Policy in force</th><td>", stdout);
	page_text(buf_text(&policy));
	(void)printf("</td></tr><tr><th>First seen</th><td>%s</td></tr>"
	    "<tr><th>Last seen</th><td>%s</td></tr><tr><th>Last in clear</th>"
	    "<td>%s</td></tr><tr><th>Below policy</th><td>%" PRIu64
	    "</td></tr><tr><th>Downgrades held back</th><td>%" PRIu64
	    "</td></tr></tbody></table>\n",
	    first, last, plain, row->below, row->downgrades);
	buf_clear(&policy);
}

static enum status
print_side(struct report *report, enum record_direction direction,
    struct fault *fault)
{
	const struct queries_row *row = &report->domain_rows[direction];
	enum status status;

	(void)printf("<h2>%s ", direction == RECORD_OUT ? "To" : "From");
	page_text(report->domain);
	(void)puts("</h2>");
	if (row->first_seen == QUERIES_NO_TIME) {
		(void)puts("<p>Nothing is on record.</p>");
		return STATUS_OK;
	}
	html_cards(row, direction);
	status = chart_days(report, report->domain, direction, fault);
	chart_shares(row);
	print_facts(report, row);
	if (status == STATUS_OK)
		status = print_shares(report, row, QUERIES_BY_VERSION,
		    "Protocol", fault);
	if (status == STATUS_OK)
		status = print_shares(
		    report, row, QUERIES_BY_CIPHER, "Cipher", fault);
	if (status == STATUS_OK)
		status = print_shares(report, row, QUERIES_BY_NETWORK,
		    "Peer network", fault);
	return status;
}

/* The text of a member of a canonical line, escapes left as they are. */
static void
print_member(const char *line, const char *key)
{
	char text[512];
	char mark[32];
	const char *at;
	size_t used = 0;

	(void)snprintf(mark, sizeof(mark), "\"%s\":\"", key);
	at = strstr(line, mark);
	if (at != NULL)
		at += strlen(mark);
	while (at != NULL && at[used] != '\0' && at[used] != '"' &&
	    used + 2 < sizeof(text)) {
		/* An escape goes with what it escapes. */
		if (at[used] == '\\') {
			text[used] = at[used];
			used++;
		}
		text[used] = at[used];
		used++;
	}
	text[used] = '\0';
	(void)fputs("<td class=\"d\">", stdout);
	page_text(text);
	(void)fputs("</td>", stdout);
}

struct evidence {
	unsigned count;
};

static bool
print_record(void *context, struct slice line)
{
	static const char *const members[] = {"time", "direction", "event",
	    "sender", "recipient", "peer", "tls", "cipher", "queue"};
	struct evidence *evidence = context;
	char text[ENTRY_LINE_MAX + 1];
	size_t i;

	if (line.len > ENTRY_LINE_MAX)
		return true;
	memcpy(text, line.at, line.len);
	text[line.len] = '\0';
	if (++evidence->count > REPORT_EVIDENCE_MAX)
		return false;
	(void)fputs("<tr>", stdout);
	for (i = 0; i < LENGTH(members); i++)
		print_member(text, members[i]);
	(void)puts("</tr>");
	return true;
}

static enum status
print_evidence(struct report *report, struct fault *fault)
{
	struct evidence evidence = {0};
	enum status status;

	(void)puts("<h2>Records</h2><table><thead><tr><th>Time (UTC)</th>"
	    "<th></th><th>Event</th><th>From</th><th>To</th><th>Peer</th>"
	    "<th>TLS</th><th>Cipher</th><th>Queue id</th></tr></thead><tbody>");
	status = queries_records(report->queries, &report->range,
	    report->domain, print_record, &evidence, fault);
	(void)puts("</tbody></table>");
	if (evidence.count > REPORT_EVIDENCE_MAX)
		(void)printf("<p class=\"note\">The first %d records; "
		    "<code>hopseal ledger export</code> has all.</p>\n",
		    (int)REPORT_EVIDENCE_MAX);
	return status;
}

enum status
html_domain(struct report *report, struct fault *fault)
{
	enum status status = STATUS_OK;
	unsigned i;

	for (i = 0; i < 2; i++) {
		if (html_shows(report, (enum record_direction)i))
			print_answer(&report->domain_rows[i]);
	}
	for (i = 0; i < 2 && status == STATUS_OK; i++) {
		if (html_shows(report, (enum record_direction)i))
			status = print_side(
			    report, (enum record_direction)i, fault);
	}
	html_refusals(report);
	html_tighten(report);
	if (status == STATUS_OK && report->evidence)
		status = print_evidence(report, fault);
	return status;
}
