#include "milter/ledger/ledger.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "milter/ledger/deadline.h"
#include "milter/ledger/writer.h"

_Static_assert((int)LEDGER_UNIT_MAX == (int)QUEUE_UNIT_MAX,
    "a unit of the ledger is a unit of its queue");

struct ledger {
	struct queue *queue;
	struct memory *memory;
	struct writer writer;
	enum ledger_durability durability;
	pthread_t thread;
	bool running;
	bool is_open;
};

enum status
ledger_open(const struct ledger_options *options, struct ledger **out,
    struct fault *fault)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	size_t capacity = options->queue_records != 0 ? options->queue_records
						      : LEDGER_QUEUE;
	enum status status;

	if (ledger == NULL)
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	ledger->durability = options->durability;
	status = queue_new(capacity, &ledger->queue);
	if (status == STATUS_OK)
		status = memory_new(MEMORY_ENTRIES, &ledger->memory);
	if (status != STATUS_OK)
		(void)fault_set(fault, status, "out of memory");
	else
		status = writer_open(&ledger->writer, options, ledger->queue,
		    ledger->memory, fault);
	if (status != STATUS_OK) {
		ledger_free(&ledger);
		return status;
	}
	ledger->is_open = true;
	*out = ledger;
	return STATUS_OK;
}

static void *
thread_main(void *context)
{
	struct ledger *ledger = context;

	writer_run(&ledger->writer);
	return NULL;
}

enum status
ledger_start(struct ledger *ledger, struct fault *fault)
{
	sigset_t all;
	sigset_t before;
	int error;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&ledger->thread, NULL, thread_main, ledger);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		return fault_errno(fault, STATUS_NOMEM, error,
		    "cannot start the thread that writes the ledger");
	ledger->running = true;
	return STATUS_OK;
}

enum status
ledger_history(struct ledger *ledger, struct slice domain,
    const struct ipaddr *client, int64_t now, struct history *out)
{
	return memory_ask(ledger->memory, domain, client, now, out);
}

/*
 * What a message teaches: all records met means that the domain came as its
 * rules ask; a session that was looked at and did not meet them begins an
 * episode. Notes beside the message say nothing of the session, and of an
 * unknown state nothing is learnt.
 */
static void
remember(struct ledger *ledger, const struct ledger_record *records,
    size_t count)
{
	const struct ledger_record *first = &records[0];
	bool met = record_event_is_message(first->event);
	bool plain = false;
	struct ipaddr addr;
	size_t i;

	if (first->direction != RECORD_IN || first->event == RECORD_TRUSTED ||
	    first->tls_state == TLS_UNKNOWN ||
	    !ipaddr_parse(slice_of(first->address), &addr))
		return;
	for (i = 0; i < count; i++) {
		if (records[i].event == RECORD_STRIP ||
		    records[i].event == RECORD_STAMP_FAULT)
			continue;
		met = met && records[i].met;
		plain = plain || !records[i].met;
	}
	if (plain)
		memory_plain(ledger->memory, slice_of(first->sender), &addr,
		    first->time);
	else if (met)
		memory_met(ledger->memory, slice_of(first->sender), &addr,
		    first->time, first->has_rule);
}

unsigned
ledger_announce(struct ledger *ledger)
{
	unsigned second = deadline_second();

	queue_announce(ledger->queue, second);
	return second;
}

void
ledger_withdraw(struct ledger *ledger, unsigned announcement)
{
	queue_withdraw(ledger->queue, announcement);
}

enum status
ledger_submit(struct ledger *ledger, const struct ledger_record *records,
    size_t count, struct ledger_ticket *ticket)
{
	struct queue_ticket place = {0};
	enum status status;
	bool waits = ticket != NULL && ledger->durability != LEDGER_QUEUED;

	if (ticket != NULL)
		ticket->place = 0;
	if (count == 0)
		return STATUS_OK;
	remember(ledger, records, count);
	status = queue_put(
	    ledger->queue, records, count, waits ? &place : NULL);
	if (ticket != NULL)
		ticket->place = place.place;
	return status;
}

enum status
ledger_wait(struct ledger *ledger, struct ledger_ticket *ticket,
    unsigned timeout_ms)
{
	struct queue_ticket place = {ticket->place};

	ticket->place = 0;
	return queue_wait(ledger->queue, &place, timeout_ms);
}

void
ledger_limits(struct ledger *ledger, unsigned keep_days,
    unsigned keep_summary_days, unsigned max_domains_per_day,
    unsigned ship_backlog_days)
{
	ledger->writer.keep_days = keep_days;
	ledger->writer.keep_summary_days = keep_summary_days;
	ledger->writer.max_domains = max_domains_per_day;
	ledger->writer.ship_backlog_days = ship_backlog_days;
	ledger->writer.limits_are_new = true;
}

void
ledger_stats(struct ledger *ledger, struct ledger_stats *out)
{
	struct queue_counts counts;

	queue_counts(ledger->queue, &counts);
	out->submitted = counts.submitted;
	out->committed = counts.committed;
	out->refused = counts.refused;
	out->failed = counts.failed;
	out->timeouts = counts.timeouts;
	out->length = counts.length;
	out->longest = counts.longest;
	out->commits = ledger->writer.commits;
	out->faults = ledger->writer.faults;
	out->checkpoints = ledger->writer.checkpoints;
	out->records = ledger->writer.records;
	out->memory = memory_count(ledger->memory);
}

void
ledger_close(struct ledger *ledger)
{
	if (ledger == NULL || !ledger->is_open)
		return;
	queue_stop(ledger->queue);
	if (ledger->running)
		(void)pthread_join(ledger->thread, NULL);
	else
		writer_run(&ledger->writer);
	ledger->running = false;
	ledger->is_open = false;
	writer_close(&ledger->writer);
}

void
ledger_free(struct ledger **ledger)
{
	if (*ledger == NULL)
		return;
	ledger_close(*ledger);
	memory_free(&(*ledger)->memory);
	queue_free(&(*ledger)->queue);
	free(*ledger);
	*ledger = NULL;
}
