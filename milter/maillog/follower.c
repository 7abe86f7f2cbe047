#include "milter/maillog/follower.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/maillog/followerplace.h"
#include "milter/maillog/followerstate.h"
#include "milter/system/clock.h"
#include "policy/base/buf.h"

enum {
	PAUSE_MS = 250,	       /* between two looks at the log */
	RETRY_MS = 5000,       /* at one that cannot be read */
	LINES_AT_ONCE = 20000, /* then the position is kept */
	SEEN_AT_MOST = 256 * 1024
};

#define WARN_EVERY_MS INT64_C(86400000)

static void
keep(void *context, const struct delivery *delivery)
{
	struct follower *follower = context;

	outbound_add(follower->outbound, follower->table, delivery);
}

/* Returns true when it is time to stop. */
static bool
pause_or_stop(struct follower *follower, int ms)
{
	struct pollfd poll_stop = {follower->stop[0], POLLIN, 0};

	return poll(&poll_stop, 1, ms) > 0;
}

/* Feed what has come, up to a batch. Returns true when there may be more. */
static bool
read_some(struct follower *follower)
{
	struct snapshot *snapshot =
	    snapshot_slot_acquire(follower->options.snapshots);
	int64_t now = clock_wall_ms();
	enum status status = STATUS_OK;
	struct slice line;
	size_t count;

	follower->table = snapshot_config(snapshot)->table;
	for (count = 0; count < LINES_AT_ONCE && status == STATUS_OK &&
	    !outbound_is_full(follower->outbound); count++) {
		status = logreader_next(&follower->reader, &line);
		if (status == STATUS_OK)
			deliveries_feed(follower->deliveries, line, now);
	}
	follower->table = NULL;
	snapshot_release(&snapshot);
	return status == STATUS_OK;
}

static void
publish_counts(struct follower *follower)
{
	(void)pthread_mutex_lock(&follower->lock);
	follower->counts.lines = *deliveries_counts(follower->deliveries);
	follower->counts.records = *outbound_counts(follower->outbound);
	(void)pthread_mutex_unlock(&follower->lock);
}

/* A domain that must have TLS was sent to in clear: an operator must act. */
static void
report_clear(struct follower *follower, uint64_t before)
{
	uint64_t clear = outbound_counts(follower->outbound)->clear;

	if (clear > before)
		log_line(follower->options.log, LOG_LEVEL_ERROR,
		    "mail-log: %" PRIu64 " deliveries in clear to domains "
		    "that must have TLS: hopseal report names them",
		    clear - before);
}

static void
report_unlogged(struct follower *follower)
{
	uint64_t unlogged = deliveries_counts(follower->deliveries)->unlogged;
	int64_t now = clock_monotonic_us() / 1000;

	if (unlogged == follower->unlogged || now < follower->warn_due)
		return;
	log_line(follower->options.log, LOG_LEVEL_WARNING,
	    "mail-log: %" PRIu64 " deliveries are recorded as sent-unknown, "
	    "because the MTA logged no TLS session: set smtp_tls_loglevel = 1 "
	    "(Postfix, whose default is 0) or LogLevel=9 (Sendmail)",
	    unlogged - follower->unlogged);
	follower->unlogged = unlogged;
	follower->warn_due = now + WARN_EVERY_MS;
}

/* Returns false when the ledger does not take it: to be tried again. */
static bool
record(struct follower *follower)
{
	uint64_t clear = outbound_counts(follower->outbound)->clear;
	struct fault fault;
	enum status status = outbound_flush(follower->outbound, &fault);

	if (status != STATUS_OK) {
		if (!follower->failing)
			log_line(follower->options.log, LOG_LEVEL_ERROR,
			    "mail-log: %s", fault.text);
		follower->failing = true;
		return false;
	}
	follower->failing = false;
	report_clear(follower, clear);
	report_unlogged(follower);
	followerplace_save(follower);
	publish_counts(follower);
	return true;
}

/* One look at the log. Returns the pause until the next, in ms. */
static int
look(struct follower *follower)
{
	bool more;

	if (follower->reader.fd < 0 && !followerplace_begin(follower))
		return RETRY_MS;
	more = read_some(follower);
	if (!record(follower))
		return RETRY_MS;
	if (more)
		return 0;
	followerplace_turn(follower);
	return PAUSE_MS;
}

static void *
follower_run(void *context)
{
	struct follower *follower = context;

	followerplace_load(follower);
	while (!pause_or_stop(follower, look(follower)))
		continue;
	(void)record(follower);
	followerplace_leave(follower);
	return NULL;
}

static bool
copy_text(char *out, size_t size, const char *text, const char *ending)
{
	struct buf buf;

	buf_init_fixed(&buf, out, size);
	buf_puts(&buf, text);
	buf_puts(&buf, ending);
	return buf_status(&buf) == STATUS_OK;
}

static void
follower_free(struct follower *follower)
{
	if (follower->stop[0] >= 0)
		(void)close(follower->stop[0]);
	if (follower->stop[1] >= 0)
		(void)close(follower->stop[1]);
	deliveries_free(&follower->deliveries);
	outbound_free(&follower->outbound);
	(void)pthread_mutex_destroy(&follower->lock);
	free(follower);
}

static bool
copy_texts(struct follower *follower, const struct follower_options *options)
{
	return copy_text(follower->file, FOLLOWER_PATH, options->file, "") &&
	    copy_text(follower->ledger_path, FOLLOWER_PATH,
		options->ledger_path, "") &&
	    copy_text(follower->position_file, FOLLOWER_PATH,
		options->ledger_path, ".mail-log") &&
	    copy_text(follower->user, sizeof(follower->user), options->user,
		"");
}

static enum status
follower_new(const struct follower_options *options, struct follower **out,
    struct fault *fault)
{
	struct follower *follower = calloc(1, sizeof(*follower));

	if (follower == NULL)
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	follower->options = *options;
	follower->reader.fd = -1;
	follower->stop[0] = follower->stop[1] = -1;
	(void)pthread_mutex_init(&follower->lock, NULL);
	*out = follower;
	if (!copy_texts(follower, options))
		return fault_set(fault, STATUS_LIMIT,
		    "mail-log: a path is too long");
	if (deliveries_new(keep, follower, &follower->deliveries) !=
		STATUS_OK ||
	    outbound_new(options->ledger, follower->ledger_path,
		SEEN_AT_MOST, &follower->outbound) != STATUS_OK)
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	if (pipe(follower->stop) != 0)
		return fault_errno(fault, STATUS_IO, errno,
		    "cannot make a pipe");
	return STATUS_OK;
}

/* The thread takes no signal. */
static enum status
thread_start(struct follower *follower, struct fault *fault)
{
	sigset_t all, before;
	int error;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(
	    &follower->thread, NULL, follower_run, follower);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		return fault_errno(fault, STATUS_IO, error,
		    "cannot start the thread that reads the mail log");
	return STATUS_OK;
}

enum status
follower_start(const struct follower_options *options, struct follower **out,
    struct fault *fault)
{
	struct follower *follower = NULL;
	enum status status = follower_new(options, &follower, fault);

	if (status == STATUS_OK)
		status = thread_start(follower, fault);
	if (status == STATUS_OK)
		*out = follower;
	else if (follower != NULL)
		follower_free(follower);
	return status;
}

void
follower_stop(struct follower **follower)
{
	if (*follower == NULL)
		return;
	(void)close((*follower)->stop[1]);
	(*follower)->stop[1] = -1;
	(void)pthread_join((*follower)->thread, NULL);
	follower_free(*follower);
	*follower = NULL;
}

void
follower_counts(struct follower *follower, struct follower_counts *out)
{
	(void)pthread_mutex_lock(&follower->lock);
	*out = follower->counts;
	(void)pthread_mutex_unlock(&follower->lock);
}
