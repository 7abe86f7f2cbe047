#include "milter/maillog/follower.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/maillog/logreader.h"
#include "milter/maillog/position.h"
#include "milter/maillog/rotation.h"
#include "milter/system/clock.h"
#include "policy/base/buf.h"

enum {
	PATH_SIZE = 4096,
	PAUSE_MS = 250,	       /* between two looks at the log */
	RETRY_MS = 5000,       /* at one that cannot be read */
	LINES_AT_ONCE = 20000, /* then the position is kept */
	LINGER_LOOKS = 8,      /* at a rotated log, for late lines */
	REHEARSAL = 4 * 1024 * 1024,
	SEEN_AT_MOST = 256 * 1024
};

#define WARN_EVERY_MS INT64_C(86400000)

struct follower {
	char file[PATH_SIZE];
	char position_file[PATH_SIZE];
	char ledger_path[PATH_SIZE];
	char user[256];
	struct follower_options options;
	pthread_t thread;
	int stop[2]; /* closing stop[1] ends the thread */
	struct deliveries *deliveries;
	struct outbound *outbound;
	struct position position; /* of what is recorded */
	bool has_position;
	struct logreader reader; /* of the open log; fd is -1: none */
	unsigned looks;		 /* at a log that was rotated */
	const struct table *table; /* of the snapshot held while reading */
	bool warned;		   /* of a log that cannot be read */
	bool failing;		   /* the ledger does not take records */
	uint64_t unlogged;	   /* of which was warned */
	int64_t warn_due;
	pthread_mutex_t lock; /* of counts */
	struct follower_counts counts;
};

static void
keep(void *context, const struct delivery *delivery)
{
	struct follower *follower = context;

	outbound_add(follower->outbound, follower->table, delivery);
}

static void
close_log(struct follower *follower)
{
	if (follower->reader.fd >= 0)
		(void)close(follower->reader.fd);
	logreader_clear(&follower->reader);
	follower->reader.fd = -1;
}

static bool
open_log(struct follower *follower, int fd, int64_t offset)
{
	struct fault fault;

	if (logreader_init(&follower->reader, fd, offset, &fault) ==
	    STATUS_OK)
		return true;
	(void)close(fd);
	follower->reader.fd = -1;
	return false;
}

/* Returns true when it is time to stop. */
static bool
pause_or_stop(struct follower *follower, int ms)
{
	struct pollfd poll_stop = {follower->stop[0], POLLIN, 0};

	return poll(&poll_stop, 1, ms) > 0;
}

/* Said once, until the log could be read. */
static void
warn_unreadable(struct follower *follower, enum rotation_place place)
{
	if (follower->warned)
		return;
	follower->warned = true;
	if (place == ROTATION_MISSING)
		log_line(follower->options.log, LOG_LEVEL_WARNING,
		    "mail-log: there is no %s, so nothing is recorded of "
		    "deliveries until there is",
		    follower->file);
	else
		log_line(follower->options.log, LOG_LEVEL_WARNING,
		    "mail-log: %s cannot be read by user %s, so nothing is "
		    "recorded of deliveries; mend it with: adduser %s adm "
		    "(the group that may read logs on Debian), then restart",
		    follower->file, follower->user, follower->user);
}

/* What was read is recorded: keep where it ends. */
static void
save_position(struct follower *follower)
{
	struct position position = follower->position;
	struct fault fault;
	struct stat found;

	if (follower->reader.fd < 0 ||
	    fstat(follower->reader.fd, &found) != 0)
		return;
	position.inode = (uint64_t)found.st_ino;
	position.offset = follower->reader.offset;
	position.length = follower->reader.length;
	position.hash = follower->reader.hash;
	if (deliveries_time(follower->deliveries) > 0)
		position.time = deliveries_time(follower->deliveries);
	if (follower->has_position &&
	    memcmp(&position, &follower->position, sizeof(position)) == 0)
		return;
	if (position_write(follower->position_file, &position, &fault) !=
	    STATUS_OK) {
		log_line(follower->options.log, LOG_LEVEL_ERROR,
		    "mail-log: %s", fault.text);
		return;
	}
	follower->position = position;
	follower->has_position = true;
}

/*
 * Read what stands before offset until again, for what it teaches, and go on
 * from there. Returns false when that cannot be.
 */
static bool
rehearse(struct follower *follower, int fd, int64_t until)
{
	int64_t from = until > REHEARSAL ? until - REHEARSAL : 0;
	struct logreader reader;
	struct fault fault;
	bool good;
	struct slice line;

	if (lseek(fd, (off_t)from, SEEK_SET) < 0 ||
	    logreader_init(&reader, fd, from, &fault) != STATUS_OK)
		return false;
	deliveries_rehearse(follower->deliveries, true);
	while (reader.offset < until &&
	    logreader_next(&reader, &line) == STATUS_OK)
		deliveries_feed(
		    follower->deliveries, line, clock_wall_ms());
	deliveries_rehearse(follower->deliveries, false);
	logreader_clear(&reader);
	good = lseek(fd, (off_t)until, SEEK_SET) >= 0 &&
	    open_log(follower, fd, until);
	/* The position names the last of these lines. */
	if (good && reader.offset == until) {
		follower->reader.length = reader.length;
		follower->reader.hash = reader.hash;
	}
	return good;
}

/* Where the last whole line before the end of fd ends; 0 when there is none. */
static int64_t
end_of(int fd)
{
	char data[LOGLINE_MAX];
	off_t size = lseek(fd, 0, SEEK_END);
	off_t from = size > LOGLINE_MAX ? size - LOGLINE_MAX : 0;
	ssize_t got = size > 0 ? pread(fd, data, sizeof(data), from) : 0;

	while (got > 0 && data[got - 1] != '\n')
		got--;
	return got > 0 ? (int64_t)from + got : 0;
}

/* The first start: what stands in the log is for `hopseal import`. */
static bool
begin_at_end(struct follower *follower)
{
	int fd = rotation_open(follower->file);
	int64_t end;

	if (fd < 0) {
		warn_unreadable(follower,
		    errno == ENOENT ? ROTATION_MISSING : ROTATION_DENIED);
		/* What comes to be is new from its first line on. */
		if (errno == ENOENT)
			follower->has_position = true;
		return false;
	}
	end = end_of(fd);
	log_line(follower->options.log, LOG_LEVEL_INFO,
	    "mail-log: follows %s from here on; hopseal import reads what "
	    "stands in it already", follower->file);
	return rehearse(follower, fd, end);
}

static bool
begin_at_position(struct follower *follower)
{
	enum rotation_place place;
	int fd;

	place = rotation_find(follower->file, &follower->position, &fd);
	switch (place) {
	case ROTATION_SAME:
	case ROTATION_OLD:
		return rehearse(follower, fd, follower->position.offset);
	case ROTATION_LOST:
		if (follower->position.length > 0)
			log_line(follower->options.log, LOG_LEVEL_WARNING,
			    "mail-log: %s does not hold the line that was "
			    "read last, nor does any %s.*: lines may be "
			    "missing; read from its beginning",
			    follower->file, follower->file);
		return open_log(follower, fd, 0);
	case ROTATION_MISSING:
	case ROTATION_DENIED:
		break;
	}
	warn_unreadable(follower, place);
	return false;
}

static bool
begin(struct follower *follower)
{
	bool good = follower->has_position ? begin_at_position(follower)
					   : begin_at_end(follower);

	if (good) {
		follower->warned = false;
		follower->looks = 0;
	}
	return good;
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
	save_position(follower);
	publish_counts(follower);
	return true;
}

/*
 * At the end of the open log: did another take its name? The old one is
 * looked at a few times more, as the syslog daemon may not know yet.
 */
static void
follow_rotation(struct follower *follower)
{
	struct logreader *reader = &follower->reader;
	struct stat found;
	int fd;

	if (!rotation_happened(follower->file, reader->fd, reader->offset)) {
		follower->looks = 0;
		return;
	}
	/* Truncated: what was not read may stand in the copy. */
	if (fstat(reader->fd, &found) != 0 ||
	    found.st_size < reader->offset) {
		close_log(follower);
		return;
	}
	if (++follower->looks < LINGER_LOOKS)
		return;
	fd = rotation_open(follower->file);
	if (fd < 0)
		return;
	close_log(follower);
	follower->looks = 0;
	if (open_log(follower, fd, 0))
		log_line(follower->options.log, LOG_LEVEL_DEBUG,
		    "mail-log: %s was rotated", follower->file);
}

/* One look at the log. Returns the pause until the next, in ms. */
static int
look(struct follower *follower)
{
	bool more;

	if (follower->reader.fd < 0 && !begin(follower))
		return RETRY_MS;
	more = read_some(follower);
	if (!record(follower))
		return RETRY_MS;
	if (more)
		return 0;
	follow_rotation(follower);
	return PAUSE_MS;
}

static void
load_position(struct follower *follower)
{
	struct fault fault;
	enum status status = position_read(
	    follower->position_file, &follower->position, &fault);

	follower->has_position = status == STATUS_OK;
	if (status == STATUS_OK || status == STATUS_NOTFOUND)
		return;
	memset(&follower->position, 0, sizeof(follower->position));
	log_line(follower->options.log, LOG_LEVEL_ERROR, "mail-log: %s",
	    fault.text);
}

static void *
follower_run(void *context)
{
	struct follower *follower = context;

	load_position(follower);
	while (!pause_or_stop(follower, look(follower)))
		continue;
	(void)record(follower);
	close_log(follower);
	return NULL;
}

static bool
copy_text(char *out, size_t size, const char *format, const char *text)
{
	struct buf buf;

	buf_init_fixed(&buf, out, size);
	buf_puts(&buf, text);
	buf_puts(&buf, format);
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
	if (!copy_text(follower->file, PATH_SIZE, "", options->file) ||
	    !copy_text(follower->ledger_path, PATH_SIZE, "",
		options->ledger_path) ||
	    !copy_text(follower->position_file, PATH_SIZE, ".mail-log",
		options->ledger_path) ||
	    !copy_text(follower->user, sizeof(follower->user), "",
		options->user))
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

enum status
follower_start(const struct follower_options *options, struct follower **out,
    struct fault *fault)
{
	struct follower *follower = NULL;
	enum status status = follower_new(options, &follower, fault);
	sigset_t all, before;
	int error;

	if (status == STATUS_OK) {
		(void)sigfillset(&all);
		(void)pthread_sigmask(SIG_SETMASK, &all, &before);
		error = pthread_create(
		    &follower->thread, NULL, follower_run, follower);
		(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
		if (error != 0)
			status = fault_errno(fault, STATUS_IO, error,
			    "cannot start the thread that reads the mail log");
	}
	if (status != STATUS_OK) {
		if (follower != NULL)
			follower_free(follower);
		return status;
	}
	*out = follower;
	return STATUS_OK;
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
