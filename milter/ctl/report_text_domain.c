#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "milter/ctl/paragraph.h"
#include "milter/ctl/report_text.h"

enum { SHARES_SHOWN = 6 };

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

	buf_init(&listing.text, TEXT_SENTENCE_MAX);
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

	buf_init(&text, TEXT_SENTENCE_MAX);
	buf_printf(&text, "%s %s",
	    direction == RECORD_OUT ? "To" : "From", report->domain);
	text_heading(paint, buf_text(&text));
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

	buf_init(&text, TEXT_SENTENCE_MAX);
	report_sentence(row, &text);
	(void)fputs(colour, stdout);
	paragraph_print(buf_text(&text), 0);
	(void)fputs(*colour != '\0' ? paint->plain : "", stdout);
	buf_clear(&text);
}

enum status
text_domain(struct report *report, const struct paint *paint,
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
	text_refusals(report, paint);
	text_tighten(report, paint);
	if (status == STATUS_OK && report->evidence) {
		text_heading(paint, "Records");
		status = queries_records(report->queries, &report->range,
		    report->domain, print_record, NULL, fault);
	}
	return status;
}
