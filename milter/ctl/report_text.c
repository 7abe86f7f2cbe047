#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ctl/paragraph.h"
#include "milter/ctl/report_text.h"

static const struct paint no_paint = {"", "", "", ""};
static const struct paint ansi_paint = {
    "\033[1m", "\033[31m", "\033[32m", "\033[0m"};

void
text_heading(const struct paint *paint, const char *text)
{
	(void)printf("\n%s%s%s\n", paint->bold, text, paint->plain);
}

static void
print_title(const struct report *report, const struct paint *paint)
{
	char since[PERIOD_TEXT], until[PERIOD_TEXT];

	report_period(report, since, until);
	(void)printf("%sTLS report%s%s%s, %s to %s (UTC)\n", paint->bold,
	    report->domain != NULL ? " for " : "",
	    report->domain != NULL ? report->domain : "", paint->plain, since,
	    until);
}

static void
print_total(const struct queries_row *total, const char *name)
{
	char text[TEXT_SENTENCE_MAX];
	char messages[REPORT_NUMBER], tls[REPORT_NUMBER];
	char stamped[REPORT_NUMBER], refused[REPORT_NUMBER];
	char plain[REPORT_NUMBER], deferred[REPORT_NUMBER];

	report_number(total->messages, messages);
	report_percent(total->tls, total->messages, tls);
	report_percent(total->stamped, total->messages, stamped);
	report_number(total->plain, plain);
	report_number(total->refused, refused);
	report_number(total->deferred + total->downgrades, deferred);
	(void)snprintf(text, sizeof(text),
	    "%s %s messages, %s over TLS, %s in clear, %s stamped; %s refused, "
	    "%s deferred, %" PRIu64 " would be refused", name, messages, tls,
	    plain, stamped, refused, deferred, total->would_refuse);
	paragraph_print(text, 4);
	if (total->unknown > 0)
		(void)printf("    of %" PRIu64 " messages the TLS state is "
			     "not known\n", total->unknown);
	if (total->trusted > 0)
		(void)printf("    besides %" PRIu64 " messages of trusted "
			     "hosts, which are not judged\n", total->trusted);
}

static void
print_unknown_hint(const struct report *report)
{
	if (report->total[RECORD_OUT].unknown == 0)
		return;
	paragraph_print("    note: the MTA logs no TLS lines for some "
	    "deliveries; set smtp_tls_loglevel = 1", 4);
}

static void
print_integrity(const struct report *report, const struct paint *paint)
{
	const struct integrity *integrity = &report->integrity;
	char leaves[REPORT_NUMBER], head[REPORT_NUMBER];
	char when[REPORT_NUMBER], text[TEXT_SENTENCE_MAX];

	text_heading(paint, "Ledger");
	report_number(integrity->leaves, leaves);
	report_number(integrity->signed_leaves, head);
	report_date(integrity->checkpoint_time, when);
	if (!integrity->good)
		(void)snprintf(text, sizeof(text), "    %sNOT VERIFIED%s: %s",
		    paint->bad, paint->plain, integrity->sentence);
	else if (integrity->is_young)
		(void)snprintf(text, sizeof(text), "    %s entries; %s.",
		    leaves, integrity->sentence);
	else
		(void)snprintf(text, sizeof(text),
		    "    %s entries, %s of them under the signed checkpoint of "
		    "%s, which %sfits%s. `hopseal ledger verify` compares "
		    "every record, `hopseal ledger vkey` prints the key.",
		    leaves, head, when, paint->good, paint->plain);
	paragraph_print(text, 4);
}

static void
print_headline(const struct report *report, const struct paint *paint)
{
	struct buf text;
	bool good;

	if (report->config == NULL)
		return;
	buf_init(&text, TEXT_SENTENCE_MAX);
	good = report_headline(report, &text);
	(void)fputs(good ? paint->good : paint->bad, stdout);
	paragraph_print(buf_text(&text), 0);
	(void)fputs(paint->plain, stdout);
	buf_clear(&text);
}

enum status
report_text(struct report *report, bool colour, struct fault *fault)
{
	const struct paint *paint = colour ? &ansi_paint : &no_paint;
	enum status status = STATUS_OK;

	if (report->domain != NULL) {
		status = text_domain(report, paint, fault);
	} else {
		print_title(report, paint);
		if (!report->has_direction || report->direction == RECORD_IN)
			print_total(&report->total[RECORD_IN], "in: ");
		if (!report->has_direction || report->direction == RECORD_OUT)
			print_total(&report->total[RECORD_OUT], "out:");
		print_unknown_hint(report);
		print_headline(report, paint);
		text_risks(report, paint);
		text_refusals(report, paint);
		text_tighten(report, paint);
		text_new(report, paint);
	}
	report_hosts_text(report);
	if (!report->is_fleet)
		print_integrity(report, paint);
	return status;
}
