/*
 * textfile: read a small file whole, and replace one without a moment in
 * which it is half.
 *
 * Threads: no state. Limits: TEXTFILE_MAX octets. Source: rename(2).
 */
#ifndef HOPSEAL_SYSTEM_TEXTFILE_H
#define HOPSEAL_SYSTEM_TEXTFILE_H

#include <sys/stat.h>

#include "policy/base/buf.h"

enum { TEXTFILE_MAX = 4 * 1024 * 1024 };

/* Write all of it, however many pieces it takes; false with errno set. */
bool textfile_write(int fd, struct slice text);

/*
 * Write text to file: to a new file beside it, which is synced and then
 * takes its place, with like's owner and mode, if it is not NULL; else with
 * mode 0644. A link is followed. Fails: IO, NOMEM; then file is as
 * it was.
 */
enum status textfile_replace(const char *file, struct slice text,
    const struct stat *like, struct fault *fault) MUST_CHECK;

/*
 * Make file, which must not exist, with mode 0600; a part of it is taken away
 * again. Fails: EXISTS, IO.
 */
enum status textfile_make_secret(const char *file, struct slice text,
    struct fault *fault) MUST_CHECK;

/* Copy with owner, mode and times. Fails: IO, NOTFOUND. */
enum status textfile_copy(const char *from, const char *to,
    struct fault *fault) MUST_CHECK;

/* Are both there, with the same octets? */
bool textfile_same(const char *a, const char *b);

#endif
