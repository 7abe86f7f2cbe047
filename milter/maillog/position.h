/*
 * position: how far a log was read, kept in a small file.
 *
 * It names the place by what stands there (a hash of the last line), so that
 * a log that was rotated, truncated or replaced is told from one that grew.
 * Written to a temporary name, synced and renamed.
 *
 *	hopseal mail-log position 1
 *	INODE OFFSET LENGTH HASH TIME
 *
 * Threads: no state.
 */
#ifndef HOPSEAL_MAILLOG_POSITION_H
#define HOPSEAL_MAILLOG_POSITION_H

#include <stdint.h>

#include "policy/base/attributes.h"
#include "policy/base/slice.h"
#include "policy/base/status.h"

struct position {
	uint64_t inode;
	int64_t offset;	 /* behind the last line that was read */
	uint64_t length; /* of that line with its LF; 0: none was read */
	uint64_t hash;	 /* of that line */
	int64_t time;	 /* the latest of a line, ms; 0: none */
};

/* Fails: NOTFOUND (there is no file), SYNTAX (it is not ours), IO. */
enum status position_read(const char *file, struct position *out,
    struct fault *fault) MUST_CHECK;

/* Fails: IO; the old one stays. */
enum status position_write(const char *file, const struct position *position,
    struct fault *fault) MUST_CHECK;

/* Does the open file hold, before the offset, the line that was read last? */
bool position_fits(const struct position *position, int fd);

#endif
