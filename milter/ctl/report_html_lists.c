#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "milter/ctl/report_html.h"
#include "milter/ctl/report_page.h"

/* Longest stanza, in octets. */
enum { STANZA_MAX = 2048 };

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
	page_text(row->domain);
	(void)printf("</td><td>%s</td><td class=\"n\">%s</td>"
	    "<td class=\"n\">%s</td><td class=\"n\">%" PRIu64 "</td>"
	    "<td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64
	    "</td><td class=\"n\">%s</td><td>%s</td></tr>\n",
	    record_direction_name(counts->direction), messages, share,
	    counts->plain, counts->below, counts->downgrades, last,
	    row->rule == NULL ? "-" : mode_name(row->mode));
}

void
html_risks(const struct report *report)
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
	page_text(item->sender);
	(void)printf("</td><td class=\"n\">%s</td><td class=\"d\">", count);
	page_text(item->reason);
	(void)fputs("<br><span class=\"note\">", stdout);
	(void)printf("by the %s side of &quot;", side_name(item->side));
	page_text(item->policy);
	(void)fputs("&quot;; last from ", stdout);
	page_text(item->address);
	(void)fputs("</span></td><td class=\"d\">", stdout);
	page_text(item->remedy);
	(void)printf("</td><td class=\"n\">%s</td></tr>\n", last);
}

void
html_refusals(const struct report *report)
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

void
html_tighten(const struct report *report)
{
	struct buf stanza;
	size_t count = 0;
	size_t i;

	buf_init(&stanza, STANZA_MAX);
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
		page_text(buf_text(&stanza));
	}
	if (count > 0)
		(void)puts("</pre>");
	buf_clear(&stanza);
}

void
html_new(const struct report *report)
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
		page_text(row->domain);
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
