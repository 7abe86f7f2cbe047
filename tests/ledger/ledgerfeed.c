/*
 * ledgerfeed: a ledger driven by lines, for the black box tests.
 *
 *   ledgerfeed PATH [key=value ...]
 *     durability=fsync|commit|queued keep=DAYS keep-summary=DAYS max=N
 *     checkpoint=SECONDS queue=N now=MS host=NAME
 *
 * Reads from standard input, one command per line, answers each with a line:
 *
 *   record key=value ...      one record; `more=1` keeps the unit open
 *                             answers ok, timeout, refused, or a status
 *   history DOMAIN IP MS      answers met=... plain=... ages in seconds
 *   stats                     answers name=value ...
 *   sleep MS                  answers ok
 *
 * At the end of input it closes the ledger and says `closed`, or exits 78
 * with the sentence when the ledger cannot be opened.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "milter/ledger/ledger.h"

enum { LINE_SIZE = 8192, UNIT_SIZE = 1100 };

struct feed {
	struct ledger *ledger;
	struct ledger_record unit[UNIT_SIZE];
	char *lines[UNIT_SIZE]; /* that the texts of the unit point into */
	size_t count;
	unsigned wait_ms;
};

static int64_t fixed_now;

static int64_t
fixed_clock(void)
{
	return fixed_now;
}

static void
report(void *context, bool is_fault, const char *sentence)
{
	(void)context;
	(void)fprintf(stderr, "%s: %s\n", is_fault ? "fault" : "good",
	    sentence);
}

static int64_t
number(const char *text)
{
	return (int64_t)strtoll(text, NULL, 10);
}

static bool
is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static void
set_tls(struct ledger_record *record, const char *value)
{
	record->tls = value;
	record->tls_state = TLS_ESTABLISHED;
	if (is(value, "none"))
		record->tls_state = TLS_NONE;
	if (is(value, "unknown"))
		record->tls_state = TLS_UNKNOWN;
}

static void
set_text(struct ledger_record *record, const char *key, const char *value)
{
	const struct {
		const char *key;
		const char **text;
	} texts[] = {
	    {"sender", &record->sender}, {"recipient", &record->recipient},
	    {"policy", &record->policy}, {"peer", &record->peer},
	    {"address", &record->address}, {"cipher", &record->cipher},
	    {"cn", &record->cn}, {"queue", &record->queue_id},
	    {"stamp", &record->stamp_id},
	};
	size_t i;

	for (i = 0; i < LENGTH(texts); i++) {
		if (is(key, texts[i].key))
			*texts[i].text = value;
	}
}

static void
set(struct ledger_record *record, const char *key, const char *value)
{
	if (is(key, "time"))
		record->time = number(value);
	else if (is(key, "direction"))
		record->direction = is(value, "out") ? RECORD_OUT : RECORD_IN;
	else if (is(key, "event"))
		(void)record_event_parse(slice_of(value), &record->event);
	else if (is(key, "mode"))
		record->mode = is(value, "require") ? MODE_REQUIRE
		    : is(value, "prefer")	    ? MODE_PREFER
						    : MODE_FALLBACK_ALLOWED;
	else if (is(key, "side"))
		record->side = is(value, "to") ? SIDE_TO : SIDE_FROM;
	else if (is(key, "tls"))
		set_tls(record, value);
	else if (is(key, "bits"))
		record->bits = (unsigned)number(value);
	else if (is(key, "cert"))
		record->cert = is(value, "trusted") ? CERT_TRUSTED
		    : is(value, "failed")	    ? CERT_FAILED
						    : CERT_NONE;
	else if (is(key, "requiretls"))
		record->requiretls = number(value) != 0;
	else if (is(key, "met"))
		record->met = number(value) != 0;
	else if (is(key, "rule"))
		record->has_rule = number(value) != 0;
	else
		set_text(record, key, value);
}

static const char *
answer_of(enum status status)
{
	switch (status) {
	case STATUS_OK:
		return "ok";
	case STATUS_TIMEOUT:
		return "timeout";
	case STATUS_BUSY:
	case STATUS_LIMIT:
		return "refused";
	default:
		return "failed";
	}
}

static void
unit_send(struct feed *feed)
{
	struct ledger_ticket ticket;
	enum status status;

	status = ledger_submit(
	    feed->ledger, feed->unit, feed->count, &ticket);
	if (status == STATUS_OK)
		status = ledger_wait(feed->ledger, &ticket, feed->wait_ms);
	while (feed->count > 0)
		free(feed->lines[--feed->count]);
	(void)puts(answer_of(status));
}

static void
take_record(struct feed *feed, const char *line)
{
	struct ledger_record *record = &feed->unit[feed->count];
	char *copy = strdup(line);
	char *rest = copy;
	char *word, *value;
	bool more = false;

	memset(record, 0, sizeof(*record));
	set_tls(record, "none");
	feed->lines[feed->count++] = copy;
	while ((word = strsep(&rest, " ")) != NULL) {
		value = strchr(word, '=');
		if (value == NULL)
			continue;
		*value++ = '\0';
		if (is(word, "more"))
			more = true;
		else
			set(record, word, value);
	}
	if (!more)
		unit_send(feed);
	else
		(void)puts("more");
}

static void
take_history(struct feed *feed, char *line)
{
	char *domain = strsep(&line, " ");
	char *address = strsep(&line, " ");
	struct history history;
	struct ipaddr client;

	if (address == NULL || line == NULL ||
	    !ipaddr_parse(slice_of(address), &client)) {
		(void)puts("usage");
		return;
	}
	if (ledger_history(feed->ledger, slice_of(domain), &client,
		number(line), &history) != STATUS_OK) {
		(void)puts("failed");
		return;
	}
	(void)printf("met=%d met_age=%u plain=%d plain_age=%u\n",
	    history.met_before, history.met_age, history.plain_before,
	    history.plain_age);
}

static void
print_stats(struct feed *feed)
{
	struct ledger_stats stats;

	ledger_stats(feed->ledger, &stats);
	(void)printf("submitted=%" PRIu64 " committed=%" PRIu64
	    " refused=%" PRIu64 " failed=%" PRIu64 " timeouts=%" PRIu64
	    " length=%" PRIu64 " commits=%" PRIu64 " faults=%" PRIu64
	    " checkpoints=%" PRIu64 " records=%" PRIu64 " memory=%" PRIu64
	    "\n", stats.submitted, stats.committed, stats.refused,
	    stats.failed, stats.timeouts, stats.length, stats.commits,
	    stats.faults, stats.checkpoints, stats.records, stats.memory);
}

static void
take_sleep(const char *text)
{
	int64_t ms = number(text);
	struct timespec pause = {
	    (time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

	(void)nanosleep(&pause, NULL);
	(void)puts("ok");
}

static void
take(struct feed *feed, char *line)
{
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, "record ", 7) == 0)
		take_record(feed, line + 7);
	else if (strncmp(line, "history ", 8) == 0)
		take_history(feed, line + 8);
	else if (strncmp(line, "sleep ", 6) == 0)
		take_sleep(line + 6);
	else if (is(line, "stats"))
		print_stats(feed);
	else
		(void)puts("unknown command");
}

static void
take_option(struct ledger_options *options, struct feed *feed, char *text)
{
	char *value = strchr(text, '=');

	if (value == NULL)
		return;
	*value++ = '\0';
	if (is(text, "durability"))
		options->durability = is(value, "fsync") ? LEDGER_FSYNC
		    : is(value, "queued")		 ? LEDGER_QUEUED
							 : LEDGER_COMMIT;
	else if (is(text, "keep"))
		options->keep_days = (unsigned)number(value);
	else if (is(text, "keep-summary"))
		options->keep_summary_days = (unsigned)number(value);
	else if (is(text, "max"))
		options->max_domains_per_day = (unsigned)number(value);
	else if (is(text, "checkpoint"))
		options->checkpoint_seconds = (unsigned)number(value);
	else if (is(text, "queue"))
		options->queue_records = (unsigned)number(value);
	else if (is(text, "host"))
		options->host = value;
	else if (is(text, "wait"))
		feed->wait_ms = (unsigned)number(value);
	else if (is(text, "now")) {
		fixed_now = number(value);
		options->clock = fixed_clock;
	}
}

int
main(int argc, char **argv)
{
	struct ledger_options options = {
	    .host = "mx.example.org",
	    .durability = LEDGER_COMMIT,
	    .keep_days = 100000,
	    .keep_summary_days = 100000,
	    .max_domains_per_day = 20000,
	    .report = report,
	};
	static struct feed feed = {.wait_ms = LEDGER_WAIT_MS};
	static char line[LINE_SIZE];
	struct fault fault;
	int i;

	if (argc < 2)
		return EX_USAGE;
	options.path = argv[1];
	for (i = 2; i < argc; i++)
		take_option(&options, &feed, argv[i]);
	if (ledger_open(&options, &feed.ledger, &fault) != STATUS_OK ||
	    ledger_start(feed.ledger, &fault) != STATUS_OK) {
		(void)fprintf(stderr, "%s\n", fault.text);
		return EX_CONFIG;
	}
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)puts("open");
	while (fgets(line, sizeof(line), stdin) != NULL)
		take(&feed, line);
	ledger_close(feed.ledger);
	print_stats(&feed);
	ledger_free(&feed.ledger);
	(void)puts("closed");
	return EX_OK;
}
