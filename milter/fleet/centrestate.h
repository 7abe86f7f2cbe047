/*
 * centrestate: a connection to the centre, shared by its parts.
 *
 *	centreurl	what its URL says
 *	centre		open and close it, and wait for it
 *	centreask	questions and answers
 *
 * These files alone include this; for all others the structs are opaque.
 *
 * Threads: as struct centre. Source: PostgreSQL 15, chapter 34 "libpq".
 */
#ifndef HOPSEAL_FLEET_CENTRESTATE_H
#define HOPSEAL_FLEET_CENTRESTATE_H

#include <libpq-fe.h>

#include "milter/fleet/centre.h"

enum { CENTRE_WORDS = 400, CENTRE_SECOND_US = 1000000 };

struct centre {
	PGconn *connection;
	char server[256]; /* for faults: host and database, never more */
	int answer_s;
};

struct answer {
	PGresult *result;
};

/*
 * The first line of what libpq says, without control characters; the rest
 * are hints and positions. Returns out.
 */
const char *centre_words(const char *words, char out[CENTRE_WORDS]);

/* Until the socket is ready for poll's events. Fails: TIMEOUT, IO. */
enum status centre_wait(struct centre *centre, short events, int64_t until_us,
    struct fault *fault) MUST_CHECK;

#endif
