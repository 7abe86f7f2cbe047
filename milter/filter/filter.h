/*
 * filter: the milter itself, on top of libmilter.
 *
 * The only room that includes <libmilter/mfapi.h>. It negotiates, reads
 * macros, translates callbacks into calls of session/, and replies and edits
 * back. libmilter serves one filter per process, so this room keeps one
 * pointer.
 *
 * Threads: filter_open before there are others; filter_run in a thread of
 * its own; libmilter makes the session threads. Source: libmilter's mfapi
 * documentation; FACTS.md.
 */
#ifndef HOPSEAL_FILTER_FILTER_H
#define HOPSEAL_FILTER_FILTER_H

#include "milter/session/txn.h"
#include "milter/system/endpoint.h"

struct filter;

/*
 * Register with libmilter and bind the socket; whatever stood in its place
 * must be gone (endpoint_vacate). Gives *out; endpoint is copied. Fails:
 * NOMEM, IO.
 */
enum status filter_open(const char *socket, const struct endpoint *endpoint,
    struct filter **out, struct fault *fault) MUST_CHECK;

/*
 * Serve until filter_stop or a signal that libmilter owns. env is copied,
 * what it points to is borrowed until filter_connections is 0. Fails: IO.
 */
enum status filter_run(struct filter *filter,
    const struct txn_env *env) MUST_CHECK;

/*
 * Make filter_run return soon. Call it from a thread that has SIGTERM
 * blocked and does not wait for it; all threads must have it blocked but
 * libmilter's. A poll that had just begun again may need filter_wake.
 */
void filter_stop(struct filter *filter);
void filter_wake(struct filter *filter);

/* Connections being served. */
unsigned filter_connections(const struct filter *filter);

/* Call when filter_connections is 0. */
void filter_free(struct filter **filter);

#endif
