#include <inttypes.h>
#include <stdio.h>

#include "milter/ctl/report.h"
#include "milter/ledger/entry.h"

static void
put_time(struct buf *out, const char *key, int64_t time)
{
	buf_puts(out, key);
	if (time == QUERIES_NO_TIME) {
		buf_puts(out, "null");
		return;
	}
	buf_putc(out, '"');
	entry_put_time(out, time);
	buf_putc(out, '"');
}

static void
put_text_or_null(struct buf *out, const char *key, const char *text)
{
	buf_puts(out, key);
	if (text == NULL || text[0] == '\0')
		buf_puts(out, "null");
	else
		entry_put_json(out, text);
}

static void
put_row(struct buf *out, const struct report_row *row)
{
	const struct queries_row *counts = &row->counts;

	buf_puts(out, "{\"domain\":");
	entry_put_json(out, row->domain);
	buf_printf(out, ",\"direction\":\"%s\"",
	    record_direction_name(counts->direction));
	buf_printf(out, ",\"messages\":%" PRIu64 ",\"tls\":%" PRIu64
	    ",\"plain\":%" PRIu64 ",\"unknown\":%" PRIu64, counts->messages,
	    counts->tls, counts->plain, counts->unknown);
	buf_printf(out, ",\"stamped\":%" PRIu64 ",\"refused\":%" PRIu64
	    ",\"deferred\":%" PRIu64, counts->stamped, counts->refused,
	    counts->deferred);
	buf_printf(out, ",\"would_refuse\":%" PRIu64 ",\"downgrades\":%"
	    PRIu64, counts->would_refuse, counts->downgrades);
	put_text_or_null(out, ",\"min_tls\":", counts->min_tls_text);
	put_time(out, ",\"first_seen\":", counts->first_seen);
	put_time(out, ",\"last_seen\":", counts->last_seen);
	put_time(out, ",\"last_plain\":", counts->last_plain);
	put_text_or_null(out, ",\"mode\":",
	    row->rule == NULL ? NULL : mode_name(row->mode));
	buf_putc(out, '}');
}

static void
put_refusal(struct buf *out, const struct refusal *item)
{
	buf_puts(out, "{\"domain\":");
	entry_put_json(out, item->sender);
	buf_puts(out, ",\"policy\":");
	entry_put_json(out, item->policy);
	buf_printf(out, ",\"side\":\"%s\",\"count\":%" PRIu64,
	    side_name(item->side), item->count);
	buf_puts(out, ",\"reason\":");
	entry_put_json(out, item->reason);
	buf_puts(out, ",\"remedy\":");
	entry_put_json(out, item->remedy);
	put_time(out, ",\"first_seen\":", item->first);
	put_time(out, ",\"last_seen\":", item->last);
	put_text_or_null(out, ",\"last_client\":", item->address);
	buf_putc(out, '}');
}

static void
print_refusals(const struct refusals *refusals)
{
	char storage[16 * 1024];
	struct buf text;
	size_t i;

	(void)fputs("\"would_refuse\":[", stdout);
	for (i = 0; i < refusals->count; i++) {
		buf_init_fixed(&text, storage, sizeof(storage));
		put_refusal(&text, &refusals->items[i]);
		(void)printf("%s\n%s", i == 0 ? "" : ",", buf_text(&text));
	}
	(void)puts("],");
}

static void
put_integrity(struct buf *out, const struct integrity *integrity)
{
	buf_printf(out, "\"integrity\":{\"ok\":%s",
	    integrity->good ? "true" : "false");
	put_text_or_null(out, ",\"finding\":", integrity->sentence);
	buf_printf(out, ",\"leaves\":%" PRIu64 ",\"records\":%" PRIu64
	    ",\"pruned\":%" PRIu64 ",\"checkpoints\":%" PRIu64
	    ",\"signed_leaves\":%" PRIu64, integrity->leaves,
	    integrity->records, integrity->pruned, integrity->checkpoints,
	    integrity->signed_leaves);
	put_time(out, ",\"last_checkpoint\":", integrity->checkpoint_time);
	put_text_or_null(out, ",\"vkey\":", integrity->vkey);
	buf_putc(out, '}');
}

struct printing {
	bool begun;
};

static bool
print_record(void *context, struct slice line)
{
	struct printing *printing = context;

	(void)printf("%s\n%.*s", printing->begun ? "," : "", (int)line.len,
	    line.at);
	printing->begun = true;
	return !ferror(stdout);
}

/* Canonical lines as they are: they can be hashed as they stand. */
static enum status
print_evidence(struct report *report, struct fault *fault)
{
	struct printing printing = {false};
	enum status status;

	(void)fputs(",\n\"records\":[", stdout);
	status = queries_records(report->queries, &report->range,
	    report->domain, print_record, &printing, fault);
	(void)fputs("]", stdout);
	return status;
}

enum status
report_json(struct report *report, struct fault *fault)
{
	char since[PERIOD_TEXT], until[PERIOD_TEXT];
	char storage[4096];
	enum status status = STATUS_OK;
	struct buf text;
	size_t i;

	report_period(report, since, until);
	(void)printf("{\"version\":1,\"since\":\"%s\",\"until\":\"%s\",\n"
		     "\"domains\":[", since, until);
	for (i = 0; i < report->count; i++) {
		buf_init_fixed(&text, storage, sizeof(storage));
		put_row(&text, &report->rows[i]);
		(void)printf("%s\n%s", i == 0 ? "" : ",", buf_text(&text));
	}
	buf_init_fixed(&text, storage, sizeof(storage));
	put_integrity(&text, &report->integrity);
	(void)puts("],");
	print_refusals(&report->refusals);
	(void)fputs(buf_text(&text), stdout);
	report_hosts_json(report);
	if (report->evidence && report->domain != NULL)
		status = print_evidence(report, fault);
	(void)puts("}");
	return status;
}
