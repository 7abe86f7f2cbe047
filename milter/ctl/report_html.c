#include "milter/ctl/report_html.h"

#include <inttypes.h>
#include <stdio.h>

#include "milter/ctl/report_chart.h"
#include "milter/ctl/report_page.h"

enum { SENTENCE_MAX = 2048 };

bool
html_shows(const struct report *report, enum record_direction direction)
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

void
html_cards(const struct queries_row *total,
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
	html_cards(total, direction);
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
print_integrity(const struct report *report)
{
	const struct integrity *integrity = &report->integrity;
	char leaves[REPORT_NUMBER], head[REPORT_NUMBER], when[REPORT_NUMBER];

	(void)puts("<h2>Can this be trusted?</h2>");
	report_number(integrity->leaves, leaves);
	report_number(integrity->signed_leaves, head);
	report_date(integrity->checkpoint_time, when);
	if (!integrity->good) {
		(void)fputs("<p class=\"bad-text\">The ledger does not "
			    "verify: ", stdout);
		page_text(integrity->sentence);
		(void)puts(".</p>");
	} else if (integrity->is_young)
		(void)printf("<p>The log has %s entries; there is no "
		    "checkpoint yet.</p>\n", leaves);
	else
		(void)printf("<p><span class=\"good-text\">The log fits its "
		    "signature.</span> It has %s entries; %s of them are under "
		    "the checkpoint signed on %s.</p>\n", leaves, head, when);
	(void)puts("<p class=\"note\">Each message left one entry in an "
	    "append-only log (RFC 6962) when it passed. "
	    "<code>hopseal ledger verify</code> compares every entry; "
	    "<code>hopseal ledger prove</code> hands out one entry with a "
	    "proof that anybody can check with the key below.</p>\n<pre>");
	page_text(integrity->vkey);
	(void)puts("</pre>");
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
	page_text(buf_text(&text));
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
		if (html_shows(report, (enum record_direction)i))
			status = print_direction(
			    report, (enum record_direction)i, fault);
	}
	html_risks(report);
	html_refusals(report);
	html_tighten(report);
	html_new(report);
	return status;
}

enum status
report_html(struct report *report, struct fault *fault)
{
	enum status status;

	page_head(report);
	status = report->domain != NULL ? html_domain(report, fault)
					: print_all(report, fault);
	report_hosts_html(report);
	if (!report->is_fleet)
		print_integrity(report);
	page_foot();
	return status;
}
