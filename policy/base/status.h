/*
 * status: how a function says that it could not do its work.
 *
 * Every function that can fail returns enum status. The sentence for the
 * operator goes to a struct fault, which the caller owns; it names the file,
 * line, option or RFC section and says what to do. A verdict on mail is not
 * a fault (DESIGN.md, "Failure").
 *
 * Threads: a struct fault belongs to one thread. Limits: FAULT_MAX octets,
 * longer sentences are cut.
 */
#ifndef HOPSEAL_BASE_STATUS_H
#define HOPSEAL_BASE_STATUS_H

#include "policy/base/attributes.h"

enum { FAULT_MAX = 1024 };

enum status {
	STATUS_OK = 0,
	STATUS_NOMEM,	 /* no memory, or a stated ceiling was reached */
	STATUS_LIMIT,	 /* input is longer or more than its stated bound */
	STATUS_SYNTAX,	 /* input breaks its grammar or its allowed values */
	STATUS_NOTFOUND, /* there is no such thing */
	STATUS_EXISTS,	 /* there is one already */
	STATUS_DENIED,	 /* permission or file mode */
	STATUS_IO,	 /* the operating system said no */
	STATUS_CRYPTO,	 /* the cryptographic library said no */
	STATUS_BUSY,	 /* full, or held by another: may work later */
	STATUS_TIMEOUT,	 /* did not happen within the stated time */
};

struct fault {
	enum status status;
	char text[FAULT_MAX];
};

/*
 * Keep the sentence and return status, so that a caller can write
 * `return fault_set(fault, STATUS_LIMIT, "...")`. fault may be NULL: then
 * the sentence is dropped. Does not change errno.
 */
enum status fault_set(struct fault *fault, enum status status,
    const char *format, ...) PRINTF_LIKE(3, 4);

/* The same, followed by ": " and the words for the errno value error. */
enum status fault_errno(struct fault *fault, enum status status, int error,
    const char *format, ...) PRINTF_LIKE(4, 5);

#ifdef __clang_analyzer__
/* It looks at one file at a time: say here that status is what they return. */
#define fault_set(fault, status, ...) \
	((void)fault_set(fault, status, __VA_ARGS__), (status))
#define fault_errno(fault, status, ...) \
	((void)fault_errno(fault, status, __VA_ARGS__), (status))
#endif

#endif
