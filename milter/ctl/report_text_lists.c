#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ctl/paragraph.h"
#include "milter/ctl/report_text.h"

enum { NAME_WIDTH = 25 };

static void
print_columns(void)
{
	(void)printf("%-*s dir messages   TLS  below downgr last clear "
		     "mode\n", NAME_WIDTH, "domain");
}

static const char *
mode_short(const struct report_row *row)
{
	if (row->rule == NULL)
		return "-";
	switch (row->mode) {
	case MODE_FALLBACK_ALLOWED:
		return "fallback";
	case MODE_PREFER:
		return "prefer";
	case MODE_REQUIRE:
		return "require";
	}
	return "-";
}

static void
print_row(const struct report_row *row, const struct paint *paint)
{
	const struct queries_row *counts = &row->counts;
	char share[REPORT_NUMBER], last[REPORT_NUMBER];
	bool breach = report_is_breach(row);

	report_percent(counts->tls, counts->messages, share);
	report_date(counts->last_plain, last);
	share[strcspn(share, " ")] = '\0';
	(void)printf("%s%-*s%s", breach ? paint->bad : "", NAME_WIDTH,
	    row->domain, breach ? paint->plain : "");
	if (strlen(row->domain) > NAME_WIDTH)
		(void)printf("\n%*s", NAME_WIDTH, "");
	(void)printf(" %-3s %8" PRIu64 " %5s %6" PRIu64 " %6" PRIu64
	    " %-10s %s%s\n", record_direction_name(counts->direction),
	    counts->messages, share, counts->below, counts->downgrades, last,
	    mode_short(row), breach ? " !" : "");
}

static void
print_more(size_t shown, size_t count)
{
	if (count > shown)
		(void)printf("... and %zu more: see --format csv\n",
		    count - shown);
}

void
text_risks(const struct report *report, const struct paint *paint)
{
	size_t *index = calloc(report->count + 1, sizeof(*index));
	size_t count, i;
	bool breach = false;

	text_heading(paint, "Domains by risk");
	if (index == NULL)
		return;
	count = report_by_risk(report, index);
	if (count == 0)
		(void)puts("none: no message in clear, none below policy, no "
			   "downgrade");
	else
		print_columns();
	for (i = 0; i < count && i < REPORT_LIST_MAX; i++) {
		print_row(&report->rows[index[i]], paint);
		breach = breach || report_is_breach(&report->rows[index[i]]);
	}
	print_more(REPORT_LIST_MAX, count);
	if (breach)
		(void)puts("! the policy requires TLS, and yet mail passed "
			   "without (observed or exempt)");
	free(index);
}

static void
print_refusal(const struct refusal *item)
{
	char count[REPORT_NUMBER], last[REPORT_NUMBER];
	char text[TEXT_SENTENCE_MAX];

	report_number(item->count, count);
	report_date(item->last, last);
	(void)snprintf(text, sizeof(text), "%s from %s: %s", count,
	    item->sender, item->reason);
	paragraph_print(text, 4);
	(void)snprintf(text, sizeof(text), "    by the %s side of \"%s\"; last "
	    "on %s from %s", side_name(item->side), item->policy, last,
	    item->address[0] == '\0' ? "an unknown client" : item->address);
	paragraph_print(text, 4);
	(void)snprintf(text, sizeof(text), "    remedy: %s", item->remedy);
	paragraph_print(text, 8);
}

void
text_refusals(const struct report *report, const struct paint *paint)
{
	const struct refusals *refusals = &report->refusals;
	uint64_t told = refusals->more;
	char text[TEXT_SENTENCE_MAX];
	size_t i;

	if (report->total[RECORD_IN].would_refuse == 0)
		return;
	text_heading(paint, "Enforcement would have refused");
	for (i = 0; i < refusals->count; i++) {
		told += refusals->items[i].count;
		if (i < REPORT_LIST_MAX)
			print_refusal(&refusals->items[i]);
	}
	print_more(REPORT_LIST_MAX, refusals->count);
	if (report->total[RECORD_IN].would_refuse <= told)
		return;
	(void)snprintf(text, sizeof(text), "of %" PRIu64 " more the records "
	    "were removed by retention, and with them the reason",
	    report->total[RECORD_IN].would_refuse - told);
	paragraph_print(text, 0);
}

void
text_tighten(const struct report *report, const struct paint *paint)
{
	struct buf stanza;
	size_t shown = 0, count = 0;
	size_t i;

	buf_init(&stanza, TEXT_SENTENCE_MAX);
	for (i = 0; i < report->count; i++) {
		if (!report_begins_stanza(report, i))
			continue;
		if (count++ == 0) {
			text_heading(paint, "Could be tightened");
			paragraph_print("These domains met the level in every "
			    "session for 30 days or more. To require it from "
			    "now on, paste these; `hopseal suggest` compares "
			    "every record and knows the highest level:", 0);
		}
		if (shown == REPORT_LIST_MAX)
			continue;
		buf_reset(&stanza);
		report_stanza(report, i, "    ", &stanza);
		(void)fputs(buf_text(&stanza), stdout);
		shown++;
	}
	print_more(shown, count);
	buf_clear(&stanza);
}

void
text_new(const struct report *report, const struct paint *paint)
{
	const struct report_row *row;
	char first[REPORT_NUMBER];
	size_t count = 0;
	size_t i;

	for (i = 0; i < report->count; i++) {
		row = &report->rows[i];
		if (!report_is_new(report, row))
			continue;
		if (count++ == 0)
			text_heading(paint, "New domains");
		if (count > REPORT_LIST_MAX)
			continue;
		report_date(row->counts.first_seen, first);
		(void)printf("%s  %-3s %6" PRIu64 " messages, %" PRIu64
		    " over TLS  %s\n", first,
		    record_direction_name(row->counts.direction),
		    row->counts.messages, row->counts.tls, row->domain);
	}
	print_more(REPORT_LIST_MAX, count);
}
