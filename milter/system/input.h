/*
 * input: a whole file, or standard input, in memory.
 *
 * Threads: one owner. Limits: given by the caller, in octets.
 */
#ifndef HOPSEAL_SYSTEM_INPUT_H
#define HOPSEAL_SYSTEM_INPUT_H

#include "policy/base/buf.h"

/* What tells a file from another under any name. */
struct input_identity {
	unsigned long long device;
	unsigned long long inode;
};

/*
 * Append file, or standard input for NULL and "-", to out, which was made
 * with the bound as its ceiling. Fails: IO (cannot be read), LIMIT, NOMEM.
 */
enum status input_read(const char *file, struct buf *out,
    struct fault *fault) MUST_CHECK;

/*
 * The same of a file that others may have put there: anything but a regular
 * file is refused, and never waited for. Fails: IO, LIMIT, NOMEM.
 */
enum status input_read_regular(const char *file, struct buf *out,
    struct fault *fault) MUST_CHECK;

/*
 * The same for who names the file before the sentence: "cannot be opened:
 * ...", "is larger than ...". identity may be NULL. Fails: IO, LIMIT, NOMEM.
 */
enum status input_read_unnamed(const char *file, struct buf *out,
    struct input_identity *identity, struct fault *fault) MUST_CHECK;

#endif
