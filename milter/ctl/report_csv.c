#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "milter/ctl/report.h"
#include "milter/ledger/entry.h"

/* Of one row: reasons beyond this are cut. */
enum { REFUSALS_TEXT_MAX = 16 * 1024 };

/* Would a spreadsheet take the text for a formula? */
static bool
is_formula(const char *text)
{
	if (text[0] == '-')
		return text[1] != '\0';
	return text[0] != '\0' && strchr("=+@\t", text[0]) != NULL;
}

void
report_csv_cell(struct buf *out, const char *text)
{
	bool is_quoted = strpbrk(text, ",\"\r\n") != NULL;
	const char *at;

	if (is_quoted)
		buf_putc(out, '"');
	if (is_formula(text))
		buf_putc(out, '\'');
	for (at = text; *at != '\0'; at++) {
		if (*at == '"')
			buf_putc(out, '"');
		buf_putc(out, *at);
	}
	if (is_quoted)
		buf_putc(out, '"');
}

static void
put_time(struct buf *out, int64_t time)
{
	buf_putc(out, ',');
	if (time != QUERIES_NO_TIME)
		entry_put_time(out, time);
}

static void
put_row(struct buf *out, const struct report_row *row)
{
	const struct queries_row *counts = &row->counts;
	const uint64_t numbers[] = {counts->messages, counts->tls,
	    counts->plain, counts->unknown, counts->stamped, counts->refused,
	    counts->deferred, counts->would_refuse, counts->downgrades};
	size_t i;

	report_csv_cell(out, row->domain);
	buf_printf(out, ",%s", record_direction_name(counts->direction));
	for (i = 0; i < LENGTH(numbers); i++)
		buf_printf(out, ",%" PRIu64, numbers[i]);
	buf_putc(out, ',');
	report_csv_cell(out, counts->min_tls_text);
	put_time(out, counts->first_seen);
	put_time(out, counts->last_seen);
	put_time(out, counts->last_plain);
	buf_printf(out, ",%s",
	    row->rule == NULL ? "" : mode_name(row->mode));
}

/* Why mail of this row would have been refused, and the remedy. */
static void
put_refusals(struct buf *out, const struct refusals *refusals,
    const struct report_row *row)
{
	struct buf text;

	if (row->counts.would_refuse == 0) {
		buf_puts(out, ",,");
		return;
	}
	buf_init(&text, REFUSALS_TEXT_MAX);
	refusals_reasons(refusals, row->domain, &text);
	buf_putc(out, ',');
	report_csv_cell(out, buf_text(&text));
	buf_reset(&text);
	refusals_remedies(refusals, row->domain, &text);
	buf_putc(out, ',');
	report_csv_cell(out, buf_text(&text));
	buf_clear(&text);
}

static bool
print_record(void *context, struct slice line)
{
	char storage[2 * ENTRY_LINE_MAX];
	char text[ENTRY_LINE_MAX + 1];
	struct buf cell;

	(void)context;
	if (line.len > ENTRY_LINE_MAX)
		return true;
	memcpy(text, line.at, line.len);
	text[line.len] = '\0';
	buf_init_fixed(&cell, storage, sizeof(storage));
	report_csv_cell(&cell, text);
	return puts(buf_text(&cell)) != EOF;
}

enum status
report_csv(struct report *report, struct fault *fault)
{
	struct buf line;
	size_t i;

	(void)puts("domain,direction,messages,tls,plain,unknown,stamped,"
		   "refused,deferred,would_refuse,downgrades,min_tls,"
		   "first_seen,last_seen,last_plain,mode,"
		   "would_refuse_why,would_refuse_remedy");
	buf_init(&line, 4 * REFUSALS_TEXT_MAX);
	for (i = 0; i < report->count; i++) {
		buf_reset(&line);
		put_row(&line, &report->rows[i]);
		put_refusals(&line, &report->refusals, &report->rows[i]);
		(void)puts(buf_text(&line));
	}
	buf_clear(&line);
	report_hosts_csv(report);
	if (!report->evidence || report->domain == NULL)
		return STATUS_OK;
	(void)puts("\nrecord");
	return queries_records(report->queries, &report->range,
	    report->domain, print_record, NULL, fault);
}
