/*
 * secretfile: read a private key file, and only one that is private.
 *
 * Threads: no state. Source: CONVENTIONS, "Memory"; ssh-keygen's habit.
 */
#ifndef HOPSEAL_SYSTEM_SECRETFILE_H
#define HOPSEAL_SYSTEM_SECRETFILE_H

#include "policy/base/slice.h"
#include "policy/base/status.h"

enum { SECRETFILE_MAX = 64 * 1024 };

struct secret {
	char *data; /* NUL-terminated */
	size_t len;
};

/*
 * Read file into *out; give back with secret_clear. Fails: NOTFOUND, DENIED
 * (cannot be opened; or others than owner and group may read it), LIMIT, IO,
 * NOMEM; the sentence names the file and the chmod that mends it.
 */
enum status secret_read(const char *file, struct secret *out,
    struct fault *fault) MUST_CHECK;

/*
 * secret_read in two steps, for one process that opens and another that
 * reads. *out is the caller's to close; secret_take leaves it open.
 */
enum status secret_open(const char *file, int *out,
    struct fault *fault) MUST_CHECK;
enum status secret_take(int fd, const char *file, struct secret *out,
    struct fault *fault) MUST_CHECK;

/* Wipe and free. */
void secret_clear(struct secret *secret);

#endif
