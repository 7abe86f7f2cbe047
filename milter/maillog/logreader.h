/*
 * logreader: whole lines of an open file, and where they end.
 *
 * Only what ends with LF is a line, so that a line that is being written is
 * read later. Of one longer than LOGLINE_MAX the beginning is given.
 *
 * Threads: one owner. Limits: LOGREADER_SIZE octets in memory.
 */
#ifndef HOPSEAL_MAILLOG_LOGREADER_H
#define HOPSEAL_MAILLOG_LOGREADER_H

#include <stdint.h>

#include "milter/maillog/logline.h"
#include "policy/base/attributes.h"
#include "policy/base/status.h"

enum { LOGREADER_SIZE = 256 * 1024 };

struct logreader {
	int fd;
	char *data;
	size_t begin, end; /* of what was read and not given */
	int64_t offset;	   /* where the last line given ends */
	size_t length;	   /* of that line with its LF; cut at LOGLINE_MAX */
	uint64_t hash;	   /* of that line, likewise */
	bool skipping;	   /* within a line that is too long */
};

/* Borrows fd, which stands at offset. Fails: NOMEM. */
enum status logreader_init(struct logreader *reader, int fd, int64_t offset,
    struct fault *fault) MUST_CHECK;
void logreader_clear(struct logreader *reader);

/*
 * The next line, without LF, borrowed until the next call. NOTFOUND: there
 * is none yet. Fails: IO.
 */
enum status logreader_next(struct logreader *reader,
    struct slice *out) MUST_CHECK;

/* What is left at the end of a file without a final LF; may be empty. */
struct slice logreader_rest(const struct logreader *reader);

#endif
