#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ctl/report.h"
#include "milter/ctl/report_chart.h"
#include "milter/ledger/entry.h"

enum { SENTENCE_MAX = 2048 };

static const char style[] =
    ":root{color-scheme:light}"
    "body{font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,"
    "sans-serif;color:#1d2430;background:#fff;max-width:60rem;"
    "margin:2rem auto;padding:0 1.5rem}"
    "h1{font-size:1.55rem;margin:0}h2{font-size:1.15rem;margin:2.2rem 0 .6rem;"
    "border-bottom:1px solid #d5dae1;padding-bottom:.25rem}"
    "h3{font-size:1rem;margin:1.2rem 0 .3rem}"
    ".sub,.note{color:#5a6472;margin:.2rem 0}.note{font-size:.85rem}"
    ".answer{font-size:1.2rem;line-height:1.45;margin:1.2rem 0;padding:.8rem "
    "1.1rem;border-left:6px solid #8a94a3;background:#f5f7f9}"
    ".answer.good{border-color:#1b7f5c}.answer.bad{border-color:#c23b22}"
    ".cards{display:flex;flex-wrap:wrap;gap:.8rem;margin:.8rem 0}"
    ".card{flex:1 1 6rem;border:1px solid #d5dae1;border-radius:6px;"
    "padding:.5rem .7rem}.card b{display:block;font-size:1.25rem}"
    ".card span{color:#5a6472;font-size:.85rem}.card.bad b{color:#c23b22}"
    ".card.good b{color:#1b7f5c}"
    "table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.5rem 0}"
    "th,td{text-align:left;padding:.28rem .5rem;border-bottom:1px solid "
    "#e3e7ec;vertical-align:top}th{background:#f5f7f9;font-weight:600}"
    "th:first-child{width:32%}.why th:first-child{width:18%}"
    ".why th:nth-child(3){width:38%}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;"
    "white-space:nowrap}td.d{overflow-wrap:anywhere}"
    "tr.breach td{background:#fdf0ed}td.bad,.bad-text{color:#c23b22;"
    "font-weight:600}.good-text{color:#1b7f5c;font-weight:600}"
    "pre{background:#f5f7f9;border:1px solid #d5dae1;border-radius:6px;"
    "padding:.7rem .9rem;font-size:.85rem;white-space:pre-wrap;"
    "overflow-wrap:anywhere}code{overflow-wrap:anywhere}"
    "svg.chart{width:100%;height:auto}svg.shares{width:100%;height:1.3rem;"
    "border-radius:4px}svg text{font:12px system-ui,Arial,sans-serif;"
    "fill:#5a6472}svg .grid{stroke:#e3e7ec}"
    ".tls{fill:#1b7f5c;background:#1b7f5c}.unknown{fill:#9aa4b1;"
    "background:#9aa4b1}.plain{fill:#c23b22;background:#c23b22}"
    ".refused{fill:#e0a526;background:#e0a526}"
    ".legend{font-size:.88rem;margin:.2rem 0}.legend span{margin-right:1rem}"
    ".legend i{display:inline-block;width:.75rem;height:.75rem;"
    "margin-right:.35rem;border-radius:2px}"
    "footer{margin-top:2.5rem;border-top:1px solid #d5dae1;color:#5a6472;"
    "font-size:.85rem}"
    "@media print{body{margin:0;max-width:none;font-size:10.5pt}"
    "h2{break-after:avoid}tr,svg,pre,.card,.answer{break-inside:avoid}"
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    "@page{margin:16mm}}";

static void
put_html(const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			(void)fputs("&amp;", stdout);
			break;
		case '<':
			(void)fputs("&lt;", stdout);
			break;
		case '>':
			(void)fputs("&gt;", stdout);
			break;
		case '"':
			(void)fputs("&quot;", stdout);
			break;
		default:
			(void)putchar(*text);
		}
	}
}

/* The name of the log, up to the first `+` of the verifier key. */
static void
put_log_name(const struct queries_integrity *integrity)
{
	char name[sizeof(integrity->vkey)];

	memcpy(name, integrity->vkey, sizeof(name));
	name[strcspn(name, "+")] = '\0';
	put_html(name);
}

static void
print_head(const struct report *report)
{
	char since[PERIOD_TEXT], until[PERIOD_TEXT], today[PERIOD_TEXT];

	report_period(report, since, until);
	period_print(report->now / PERIOD_DAY_MS, today);
	(void)printf("<!DOCTYPE html>\n<html lang=\"en\"><head>"
		     "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
		     "content=\"width=device-width\">\n<title>TLS report ");
	put_html(report->domain != NULL ? report->domain : "");
	(void)printf(" %s to %s</title>\n<style>%s</style></head><body>\n",
	    since, until, style);
	(void)fputs("<header><h1>", stdout);
	(void)fputs(report->domain != NULL ? "Do we use TLS with " : "TLS "
		    "report", stdout);
	if (report->domain != NULL) {
		put_html(report->domain);
		(void)putchar('?');
	}
	(void)printf("</h1>\n<p class=\"sub\">%s to %s (UTC) &middot; ledger ",
	    since, until);
	put_log_name(&report->integrity);
	(void)printf(" &middot; made on %s</p></header>\n", today);
}

static bool
shows(const struct report *report, enum record_direction direction)
{
	return !report->has_direction || report->direction == direction;
}

static void
print_card(const char *value, const char *name, const char *class_name)
{
	(void)printf("<div class=\"card %s\"><b>%s</b><span>%s</span></div>\n",
	    class_name, value, name);
}

static void
print_count_card(uint64_t value, const char *name, bool is_bad)
{
	char number[REPORT_NUMBER];

	report_number(value, number);
	print_card(number, name, is_bad && value > 0 ? "bad" : "");
}

static void
print_cards(const struct queries_row *total,
    enum record_direction direction)
{
	char share[REPORT_NUMBER];

	(void)puts("<div class=\"cards\">");
	print_count_card(total->messages, "messages", false);
	report_percent(total->tls, total->messages, share);
	print_card(share, "over TLS",
	    total->messages > 0 && total->tls == total->messages ? "good"
								 : "");
	print_count_card(total->plain, "in clear", true);
	if (direction == RECORD_IN) {
		report_percent(total->stamped, total->messages, share);
		print_card(share, "stamped", "");
		print_count_card(total->refused, "refused", false);
	}
	print_count_card(
	    total->deferred + total->downgrades, "deferred", false);
	if (direction == RECORD_IN)
		print_count_card(
		    total->would_refuse, "would be refused", false);
	else
		print_count_card(total->unknown, "not known", false);
	(void)puts("</div>");
}

static enum status
print_direction(struct report *report, enum record_direction direction,
    struct fault *fault)
{
	const struct queries_row *total = &report->total[direction];
	enum status status;

	(void)printf("<h2>%s</h2>\n", direction == RECORD_OUT
		? "Mail that we sent"
		: "Mail that came to us");
	if (total->messages + total->refused + total->deferred +
		total->downgrades ==
	    0) {
		(void)puts("<p>None is on record for this period.</p>");
		return STATUS_OK;
	}
	print_cards(total, direction);
	status = chart_days(report, NULL, direction, fault);
	chart_shares(total);
	if (total->unknown > 0 && direction == RECORD_OUT)
		(void)puts("<p class=\"note\">Not known: the mail server "
			   "wrote no TLS lines for these (Postfix: "
			   "<code>smtp_tls_loglevel = 1</code>).</p>");
	if (total->trusted > 0)
		(void)printf("<p class=\"note\">Besides, %" PRIu64 " messages "
			     "of trusted hosts, which are not judged.</p>\n",
		    total->trusted);
	return status;
}

static void
print_risk_row(const struct report_row *row)
{
	const struct queries_row *counts = &row->counts;
	char share[REPORT_NUMBER], last[REPORT_NUMBER];
	char messages[REPORT_NUMBER];

	report_number(counts->messages, messages);
	report_percent(counts->tls, counts->messages, share);
	report_date(counts->last_plain, last);
	(void)printf("<tr%s><td class=\"d\">",
	    report_is_breach(row) ? " class=\"breach\"" : "");
	put_html(row->domain);
	(void)printf("</td><td>%s</td><td class=\"n\">%s</td>"
	    "<td class=\"n\">%s</td><td class=\"n\">%" PRIu64 "</td>"
	    "<td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64
	    "</td><td class=\"n\">%s</td><td>%s</td></tr>\n",
	    record_direction_name(counts->direction), messages, share,
	    counts->plain, counts->below, counts->downgrades, last,
	    row->rule == NULL ? "-" : mode_name(row->mode));
}

static void
print_risks(const struct report *report)
{
	size_t *index = calloc(report->count + 1, sizeof(*index));
	size_t count, i;

	(void)puts("<h2>Domains by risk</h2>");
	if (index == NULL)
		return;
	count = report_by_risk(report, index);
	if (count == 0)
		(void)puts("<p>None: no message in clear, none below its "
			   "policy, no downgrade.</p>");
	else
		(void)puts("<table><thead><tr><th>Domain</th><th></th>"
		    "<th class=\"n\">Messages</th><th class=\"n\">TLS</th>"
		    "<th class=\"n\">In clear</th>"
		    "<th class=\"n\">Below policy</th>"
		    "<th class=\"n\">Downgrades</th>"
		    "<th class=\"n\">Last in clear</th><th>Policy</th></tr>"
		    "</thead><tbody>");
	for (i = 0; i < count && i < REPORT_LIST_MAX; i++)
		print_risk_row(&report->rows[index[i]]);
	if (count > 0)
		(void)puts("</tbody></table><p class=\"note\">Shaded: the "
			   "policy requires TLS, and yet mail passed without. "
			   "</p>");
	if (count > REPORT_LIST_MAX)
		(void)printf("<p class=\"note\">%zu more are in the csv and "
			     "json forms.</p>\n", count - REPORT_LIST_MAX);
	free(index);
}

static void
print_refusal(const struct refusal *item)
{
	char count[REPORT_NUMBER], last[REPORT_NUMBER];

	report_number(item->count, count);
	report_date(item->last, last);
	(void)fputs("<tr><td class=\"d\">", stdout);
	put_html(item->sender);
	(void)printf("</td><td class=\"n\">%s</td><td class=\"d\">", count);
	put_html(item->reason);
	(void)fputs("<br><span class=\"note\">", stdout);
	(void)printf("by the %s side of &quot;", side_name(item->side));
	put_html(item->policy);
	(void)fputs("&quot;; last from ", stdout);
	put_html(item->address);
	(void)fputs("</span></td><td class=\"d\">", stdout);
	put_html(item->remedy);
	(void)printf("</td><td class=\"n\">%s</td></tr>\n", last);
}

static void
print_refusals(const struct report *report)
{
	const struct refusals *refusals = &report->refusals;
	size_t i;

	if (refusals->count == 0)
		return;
	(void)puts("<h2>Enforcement would have refused</h2>"
	    "<table class=\"why\"><thead><tr><th>Domain</th>"
	    "<th class=\"n\">Records</th><th>Why</th><th>Remedy</th>"
	    "<th class=\"n\">Last</th></tr></thead><tbody>");
	for (i = 0; i < refusals->count && i < REPORT_LIST_MAX; i++)
		print_refusal(&refusals->items[i]);
	(void)puts("</tbody></table>");
	if (refusals->count > REPORT_LIST_MAX)
		(void)printf("<p class=\"note\">%zu more are in the json "
			     "form.</p>\n", refusals->count - REPORT_LIST_MAX);
}

static void
print_tighten(const struct report *report)
{
	struct buf stanza;
	size_t count = 0;
	size_t i;

	buf_init(&stanza, SENTENCE_MAX);
	for (i = 0; i < report->count && count < REPORT_LIST_MAX; i++) {
		if (!report_begins_stanza(report, i))
			continue;
		if (count++ == 0)
			(void)printf("<h2>Could be tightened</h2>\n<p>Every "
			    "session of these met the level for %d days or "
			    "more. To require it from now on, this goes into "
			    "hopseal.conf:</p>\n<pre>",
			    (int)REPORT_TIGHTEN_DAYS);
		buf_reset(&stanza);
		report_stanza(report, i, "", &stanza);
		put_html(buf_text(&stanza));
	}
	if (count > 0)
		(void)puts("</pre>");
	buf_clear(&stanza);
}

static void
print_new(const struct report *report)
{
	const struct report_row *row;
	char first[REPORT_NUMBER];
	size_t count = 0;
	size_t i;

	for (i = 0; i < report->count; i++) {
		row = &report->rows[i];
		if (!report_is_new(report, row) || ++count > REPORT_LIST_MAX)
			continue;
		if (count == 1)
			(void)puts("<h2>New domains</h2><table><thead><tr>"
			    "<th>Domain</th><th></th><th>First seen</th>"
			    "<th class=\"n\">Messages</th>"
			    "<th class=\"n\">Over TLS</th></tr></thead>"
			    "<tbody>");
		report_date(row->counts.first_seen, first);
		(void)fputs("<tr><td class=\"d\">", stdout);
		put_html(row->domain);
		(void)printf("</td><td>%s</td><td>%s</td><td class=\"n\">%"
		    PRIu64 "</td><td class=\"n\">%" PRIu64 "</td></tr>\n",
		    record_direction_name(row->counts.direction), first,
		    row->counts.messages, row->counts.tls);
	}
	if (count > 0)
		(void)puts("</tbody></table>");
	if (count > REPORT_LIST_MAX)
		(void)printf("<p class=\"note\">%zu more are in the csv and "
			     "json forms.</p>\n", count - REPORT_LIST_MAX);
}

static void
print_integrity(const struct report *report)
{
	const struct queries_integrity *integrity = &report->integrity;
	char leaves[REPORT_NUMBER], head[REPORT_NUMBER], when[REPORT_NUMBER];

	(void)puts("<h2>Can this be trusted?</h2>");
	report_number(integrity->leaves, leaves);
	report_number(integrity->signed_leaves, head);
	report_date(integrity->checkpoint_time, when);
	if (!integrity->good) {
		(void)fputs("<p class=\"bad-text\">The ledger does not "
			    "verify: ", stdout);
		put_html(integrity->sentence);
		(void)puts(".</p>");
	} else
		(void)printf("<p><span class=\"good-text\">The log fits its "
		    "signature.</span> It has %s entries; %s of them are under "
		    "the checkpoint signed on %s.</p>\n", leaves, head, when);
	(void)puts("<p class=\"note\">Each message left one entry in an "
	    "append-only log (RFC 6962) when it passed. "
	    "<code>hopseal ledger verify</code> compares every entry; "
	    "<code>hopseal ledger prove</code> hands out one entry with a "
	    "proof that anybody can check with the key below.</p>\n<pre>");
	put_html(integrity->vkey);
	(void)puts("</pre>");
}

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
	put_html(buf_text(&text));
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
	put_html(strcmp(share->name, "none") == 0 ? "in clear" : share->name);
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
	put_html(buf_text(&policy));
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
	put_html(report->domain);
	(void)puts("</h2>");
	if (row->first_seen == QUERIES_NO_TIME) {
		(void)puts("<p>Nothing is on record.</p>");
		return STATUS_OK;
	}
	print_cards(row, direction);
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
	put_html(text);
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

static void
print_foot(void)
{
	(void)puts("<footer><p>\"Over TLS\" speaks of the hop between the "
	    "partner's mail server and ours, as our mail server saw it. "
	    "\"Stamped\" messages carry that statement with them, signed. "
	    "\"Below policy\" counts mail that was taken or sent although its "
	    "session did not meet what the policy asks for.</p></footer>"
	    "</body></html>");
}

static void
print_headline(const struct report *report)
{
	struct buf text;
	bool good;

	if (report->config == NULL)
		return;
	buf_init(&text, SENTENCE_MAX);
	good = report_headline(report, &text);
	(void)printf("<p class=\"answer %s\">", good ? "good" : "bad");
	put_html(buf_text(&text));
	(void)puts("</p>");
	buf_clear(&text);
}

static enum status
print_all(struct report *report, struct fault *fault)
{
	enum status status = STATUS_OK;
	unsigned i;

	print_headline(report);
	for (i = 0; i < 2 && status == STATUS_OK; i++) {
		if (shows(report, (enum record_direction)i))
			status = print_direction(
			    report, (enum record_direction)i, fault);
	}
	print_risks(report);
	print_refusals(report);
	print_tighten(report);
	print_new(report);
	return status;
}

static enum status
print_domain(struct report *report, struct fault *fault)
{
	enum status status = STATUS_OK;
	unsigned i;

	for (i = 0; i < 2; i++) {
		if (shows(report, (enum record_direction)i))
			print_answer(&report->domain_rows[i]);
	}
	for (i = 0; i < 2 && status == STATUS_OK; i++) {
		if (shows(report, (enum record_direction)i))
			status = print_side(
			    report, (enum record_direction)i, fault);
	}
	print_refusals(report);
	print_tighten(report);
	if (status == STATUS_OK && report->evidence)
		status = print_evidence(report, fault);
	return status;
}

enum status
report_html(struct report *report, struct fault *fault)
{
	enum status status;

	print_head(report);
	status = report->domain != NULL ? print_domain(report, fault)
					: print_all(report, fault);
	report_hosts_html(report);
	if (!report->is_fleet)
		print_integrity(report);
	print_foot();
	return status;
}
