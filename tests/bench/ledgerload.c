/*
 * ledgerload: how fast the ledger takes records, and how long each waits.
 *
 *   ledgerload PATH SESSIONS SECONDS [fsync|commit|queued] [DOMAINS] [DAYS]
 *
 * SESSIONS threads submit one record at a time and wait for it, as EOM does.
 * Prints records per second, p50 and p99 of submit and wait in us, and the
 * growth of resident memory. With SECONDS 0, DAYS > 0 and queued it fills:
 * `ledgerload PATH 1 0 queued DOMAINS DAYS RECORDS` spreads RECORDS over DAYS.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "milter/ledger/ledger.h"

enum { SAMPLES = 400000 };

struct load {
	struct ledger *ledger;
	unsigned domains;
	int64_t deadline; /* us */
	atomic_uint count;
	atomic_uint failed;
	unsigned *samples;
};

static int64_t
now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static long
resident_kb(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[256];
	long kb = 0;

	while (status != NULL && fgets(line, sizeof(line), status) != NULL) {
		if (strncmp(line, "VmRSS:", 6) == 0)
			kb = strtol(line + 6, NULL, 10);
	}
	if (status != NULL)
		(void)fclose(status);
	return kb;
}

/* Few partners send most of the mail: the square of an even spread. */
static unsigned
pick(unsigned number, unsigned domains)
{
	unsigned long long x = number * 2654435761U % 10000;

	return (unsigned)(x * x * domains / 100000000);
}

static void
fill(struct ledger_record *record, unsigned number, unsigned domains,
    char texts[3][64])
{
	unsigned domain = pick(number, domains);

	(void)snprintf(texts[0], 64, "partner%u.example", domain);
	(void)snprintf(texts[1], 64, "198.%u.%u.%u", 18 + domain / 65536 % 2,
	    domain / 256 % 256, domain % 256);
	(void)snprintf(texts[2], 64, "4Z%08X", number * 2654435761U);
	*record = (struct ledger_record){
	    .direction = RECORD_IN,
	    .event = domain % 50 == 49 ? RECORD_FALLBACK : RECORD_PASS,
	    .tls_state = domain % 50 == 49 ? TLS_NONE : TLS_ESTABLISHED,
	    .met = domain % 50 != 49,
	    .bits = 256,
	    .sender = texts[0],
	    .recipient = "example.org",
	    .policy = "*",
	    .side = SIDE_FROM,
	    .peer = "mx.partner.example",
	    .address = texts[1],
	    .tls = domain % 50 == 49 ? "" : "TLSv1.3",
	    .cipher = domain % 50 == 49 ? "" : "TLS_AES_256_GCM_SHA384",
	    .queue_id = texts[2],
	    .stamp_id = "0123456789abcdef0123456789abcdef",
	};
}

static void *
session(void *context)
{
	struct load *load = context;
	struct ledger_record record;
	struct ledger_ticket ticket;
	char texts[3][64];
	unsigned number;
	int64_t began;

	for (;;) {
		began = now_us();
		if (began > load->deadline)
			return NULL;
		number = load->count++;
		fill(&record, number, load->domains, texts);
		record.time = INT64_C(1767441600000) + number / 20;
		if (ledger_submit(load->ledger, &record, 1, &ticket) !=
			STATUS_OK ||
		    ledger_wait(load->ledger, &ticket, 10000) != STATUS_OK)
			load->failed++;
		load->samples[number % SAMPLES] =
		    (unsigned)(now_us() - began);
	}
}

static int
compare(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a;
	unsigned y = *(const unsigned *)b;

	return x < y ? -1 : x > y;
}

static void
measure(struct load *load, unsigned sessions, double seconds)
{
	pthread_t *threads = calloc(sessions, sizeof(*threads));
	long before = resident_kb();
	size_t count;
	unsigned i;

	load->samples = calloc(SAMPLES, sizeof(*load->samples));
	if (threads == NULL || load->samples == NULL)
		exit(1);
	load->deadline = now_us() + (int64_t)(seconds * 1e6);
	for (i = 0; i < sessions; i++)
		if (pthread_create(&threads[i], NULL, session, load) != 0)
			exit(1);
	for (i = 0; i < sessions; i++)
		(void)pthread_join(threads[i], NULL);
	count = load->count < SAMPLES ? load->count : SAMPLES;
	qsort(load->samples, count, sizeof(*load->samples), compare);
	(void)printf("%u sessions: %.0f records/s, p50 %u us, p99 %u us, "
	    "max %u us, %u failed, resident %ld -> %ld kB\n", sessions,
	    load->count / seconds, load->samples[count / 2],
	    load->samples[count * 99 / 100], load->samples[count - 1],
	    (unsigned)load->failed, before, resident_kb());
	free(load->samples);
	free(threads);
}

/* As fast as the queue takes it, over many days. */
static void
spread(struct load *load, unsigned records, unsigned days)
{
	struct timespec pause = {0, 1000000};
	struct ledger_record record;
	char texts[3][64];
	int64_t began = now_us();
	unsigned i;

	for (i = 0; i < records; i++) {
		fill(&record, i, load->domains, texts);
		record.time = INT64_C(1767441600000) +
		    (int64_t)((double)i / records * days * 86400000.0);
		while (ledger_submit(load->ledger, &record, 1, NULL) !=
		    STATUS_OK)
			(void)nanosleep(&pause, NULL);
	}
	(void)printf("%u records in %.1f s\n", records,
	    (double)(now_us() - began) / 1e6);
}

int
main(int argc, char **argv)
{
	struct ledger_options options = {.host = "mx.example.org",
	    .durability = LEDGER_FSYNC, .keep_days = 100000,
	    .keep_summary_days = 100000, .max_domains_per_day = 20000};
	struct load load = {.domains = 1000};
	struct fault fault;
	double seconds;

	if (argc < 4)
		return 64;
	options.path = argv[1];
	seconds = strtod(argv[3], NULL);
	if (argc > 4 && strcmp(argv[4], "commit") == 0)
		options.durability = LEDGER_COMMIT;
	if (argc > 4 && strcmp(argv[4], "queued") == 0)
		options.durability = LEDGER_QUEUED;
	if (argc > 5)
		load.domains = (unsigned)strtoul(argv[5], NULL, 10);
	if (ledger_open(&options, &load.ledger, &fault) != STATUS_OK ||
	    ledger_start(load.ledger, &fault) != STATUS_OK) {
		(void)fprintf(stderr, "%s\n", fault.text);
		return 78;
	}
	if (argc > 7)
		spread(&load, (unsigned)strtoul(argv[7], NULL, 10),
		    (unsigned)strtoul(argv[6], NULL, 10));
	else
		measure(&load, (unsigned)strtoul(argv[2], NULL, 10), seconds);
	ledger_free(&load.ledger);
	return 0;
}
