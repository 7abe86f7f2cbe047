#include "milter/maillog/followerplace.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/maillog/rotation.h"
#include "milter/system/clock.h"

enum {
	LINGER_LOOKS = 8, /* at a rotated log, for late lines */
	REHEARSAL = 4 * 1024 * 1024
};

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

void
followerplace_leave(struct follower *follower)
{
	if (follower->reader.fd >= 0)
		(void)close(follower->reader.fd);
	logreader_clear(&follower->reader);
	follower->reader.fd = -1;
}

void
followerplace_load(struct follower *follower)
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

void
followerplace_save(struct follower *follower)
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

bool
followerplace_begin(struct follower *follower)
{
	bool good = follower->has_position ? begin_at_position(follower)
					   : begin_at_end(follower);

	if (good) {
		follower->warned = false;
		follower->looks = 0;
	}
	return good;
}

void
followerplace_turn(struct follower *follower)
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
		followerplace_leave(follower);
		return;
	}
	if (++follower->looks < LINGER_LOOKS)
		return;
	fd = rotation_open(follower->file);
	if (fd < 0)
		return;
	followerplace_leave(follower);
	follower->looks = 0;
	if (open_log(follower, fd, 0))
		log_line(follower->options.log, LOG_LEVEL_DEBUG,
		    "mail-log: %s was rotated", follower->file);
}
