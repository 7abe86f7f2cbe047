#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ctl/paragraph.h"
#include "milter/ctl/report.h"

/* Every line fits 80 columns, but for domain names and queue ids. */
enum { NAME_WIDTH = 25, SENTENCE_MAX = 2048, SHARES_SHOWN = 6 };

struct paint {
	const char *bold;
	const char *bad;
	const char *good;
	const char *plain;
};

static const struct paint no_paint = {"", "", "", ""};
static const struct paint ansi_paint = {
    "\033[1m", "\033[31m", "\033[32m", "\033[0m"};

static void
print_heading(const struct paint *paint, const char *text)
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
	char text[SENTENCE_MAX];
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

static void
print_risks(const struct report *report, const struct paint *paint)
{
	size_t *index = calloc(report->count + 1, sizeof(*index));
	size_t count, i;
	bool breach = false;

	print_heading(paint, "Domains by risk");
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
	char text[SENTENCE_MAX];

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

static void
print_refusals(const struct report *report, const struct paint *paint)
{
	const struct refusals *refusals = &report->refusals;
	uint64_t told = refusals->more;
	char text[SENTENCE_MAX];
	size_t i;

	if (report->total[RECORD_IN].would_refuse == 0)
		return;
	print_heading(paint, "Enforcement would have refused");
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

static void
print_tighten(const struct report *report, const struct paint *paint)
{
	struct buf stanza;
	size_t shown = 0, count = 0;
	size_t i;

	buf_init(&stanza, SENTENCE_MAX);
	for (i = 0; i < report->count; i++) {
		if (!report_begins_stanza(report, i))
			continue;
		if (count++ == 0) {
			print_heading(paint, "Could be tightened");
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

static void
print_new(const struct report *report, const struct paint *paint)
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
			print_heading(paint, "New domains");
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

static void
print_integrity(const struct report *report, const struct paint *paint)
{
	const struct integrity *integrity = &report->integrity;
	char leaves[REPORT_NUMBER], head[REPORT_NUMBER];
	char when[REPORT_NUMBER], text[SENTENCE_MAX];

	print_heading(paint, "Ledger");
	report_number(integrity->leaves, leaves);
	report_number(integrity->signed_leaves, head);
	report_date(integrity->checkpoint_time, when);
	if (!integrity->good)
		(void)snprintf(text, sizeof(text), "    %sNOT VERIFIED%s: %s",
		    paint->bad, paint->plain, integrity->sentence);
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
	buf_init(&text, SENTENCE_MAX);
	good = report_headline(report, &text);
	(void)fputs(good ? paint->good : paint->bad, stdout);
	paragraph_print(buf_text(&text), 0);
	(void)fputs(paint->plain, stdout);
	buf_clear(&text);
}

/* "versions  TLSv1.3 1,100 (91.4 %), ..." */
struct listing {
	const struct queries_row *row;
	struct buf text;
	unsigned count;
};

static void
list_share(void *context, const struct queries_share *share)
{
	struct listing *listing = context;
	char count[REPORT_NUMBER], part[REPORT_NUMBER];

	listing->count++;
	if (listing->count > SHARES_SHOWN || share->messages == 0)
		return;
	report_number(share->messages, count);
	report_percent(share->messages, listing->row->messages, part);
	buf_printf(&listing->text, "%s%s %s (%s)",
	    listing->text.len > 14 ? ", " : "",
	    strcmp(share->name, "none") == 0 ? "in clear" : share->name,
	    count, part);
}

static enum status
print_shares(struct report *report, const struct queries_row *row,
    enum queries_by by, const char *name, struct fault *fault)
{
	struct listing listing = {.row = row};
	enum status status;

	buf_init(&listing.text, SENTENCE_MAX);
	buf_printf(&listing.text, "  %-11s ", name);
	status = queries_shares(report->queries, &report->range, row->domain,
	    row->direction, by, list_share, &listing, fault);
	if (listing.count > SHARES_SHOWN)
		buf_printf(&listing.text, ", and %u more",
		    listing.count - SHARES_SHOWN);
	if (status == STATUS_OK && listing.text.len > 14)
		paragraph_print(buf_text(&listing.text), 14);
	buf_clear(&listing.text);
	return status;
}

static void
print_counts(const struct queries_row *row)
{
	char first[REPORT_NUMBER], last[REPORT_NUMBER], clear[REPORT_NUMBER];
	char messages[REPORT_NUMBER], tls[REPORT_NUMBER];
	char stamped[REPORT_NUMBER];

	report_number(row->messages, messages);
	report_number(row->tls, tls);
	report_number(row->stamped, stamped);
	report_date(row->first_seen, first);
	report_date(row->last_seen, last);
	report_date(row->last_plain, clear);
	(void)printf("  messages    %s, over TLS %s, in clear %" PRIu64
	    ", not known %" PRIu64 "\n", messages, tls, row->plain,
	    row->unknown);
	(void)printf("  policy      stamped %s, below policy %" PRIu64
	    ", refused %" PRIu64 ", deferred %" PRIu64 ",\n"
	    "              downgrades %" PRIu64 ", would be refused %" PRIu64
	    "\n", stamped, row->below, row->refused, row->deferred,
	    row->downgrades, row->would_refuse);
	(void)printf("  seen        first %s, last %s, last in clear %s\n",
	    first, last, clear);
}

static enum status
print_side(struct report *report, enum record_direction direction,
    const struct paint *paint, struct fault *fault)
{
	const struct queries_row *row = &report->domain_rows[direction];
	struct buf text;
	enum status status;

	buf_init(&text, SENTENCE_MAX);
	buf_printf(&text, "%s %s",
	    direction == RECORD_OUT ? "To" : "From", report->domain);
	print_heading(paint, buf_text(&text));
	buf_reset(&text);
	buf_puts(&text, "  in force    ");
	report_policy(report, report->domain, direction, &text);
	paragraph_print(buf_text(&text), 14);
	buf_clear(&text);
	if (row->first_seen == QUERIES_NO_TIME)
		return STATUS_OK;
	print_counts(row);
	status = print_shares(
	    report, row, QUERIES_BY_VERSION, "versions", fault);
	if (status == STATUS_OK)
		status = print_shares(
		    report, row, QUERIES_BY_CIPHER, "ciphers", fault);
	if (status == STATUS_OK)
		status = print_shares(
		    report, row, QUERIES_BY_NETWORK, "peers", fault);
	return status;
}

static bool
print_record(void *context, struct slice line)
{
	(void)context;
	return printf("%.*s\n", (int)line.len, line.at) >= 0;
}

/* The sentence first: it is the answer. */
static void
print_sentence(const struct report *report, enum record_direction direction,
    const struct paint *paint)
{
	const struct queries_row *row = &report->domain_rows[direction];
	const char *colour =
	    row->messages > 0 && row->tls == row->messages ? paint->good
	    : row->plain > 0				   ? paint->bad
							   : "";
	struct buf text;

	buf_init(&text, SENTENCE_MAX);
	report_sentence(row, &text);
	(void)fputs(colour, stdout);
	paragraph_print(buf_text(&text), 0);
	(void)fputs(*colour != '\0' ? paint->plain : "", stdout);
	buf_clear(&text);
}

static enum status
print_domain(struct report *report, const struct paint *paint,
    struct fault *fault)
{
	enum status status = STATUS_OK;
	unsigned i;

	for (i = 0; i < 2; i++) {
		if (!report->has_direction || report->direction == i)
			print_sentence(
			    report, (enum record_direction)i, paint);
	}
	for (i = 0; i < 2 && status == STATUS_OK; i++) {
		if (!report->has_direction || report->direction == i)
			status = print_side(
			    report, (enum record_direction)i, paint, fault);
	}
	print_refusals(report, paint);
	print_tighten(report, paint);
	if (status == STATUS_OK && report->evidence) {
		print_heading(paint, "Records");
		status = queries_records(report->queries, &report->range,
		    report->domain, print_record, NULL, fault);
	}
	return status;
}

enum status
report_text(struct report *report, bool colour, struct fault *fault)
{
	const struct paint *paint = colour ? &ansi_paint : &no_paint;
	enum status status = STATUS_OK;

	if (report->domain != NULL) {
		status = print_domain(report, paint, fault);
	} else {
		print_title(report, paint);
		if (!report->has_direction || report->direction == RECORD_IN)
			print_total(&report->total[RECORD_IN], "in: ");
		if (!report->has_direction || report->direction == RECORD_OUT)
			print_total(&report->total[RECORD_OUT], "out:");
		print_unknown_hint(report);
		print_headline(report, paint);
		print_risks(report, paint);
		print_refusals(report, paint);
		print_tighten(report, paint);
		print_new(report, paint);
	}
	report_hosts_text(report);
	if (!report->is_fleet)
		print_integrity(report, paint);
	return status;
}
