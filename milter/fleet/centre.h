/*
 * centre: a connection to the database that a fleet's hosts share.
 *
 *	centre_open -> centre_ask, centre_run ... -> centre_close
 *
 * Nothing here waits without end: a connection takes CENTRE_CONNECT_S
 * seconds at most, an answer CENTRE_ANSWER_S, whatever the server or the
 * network does. After a fault other than SYNTAX and EXISTS the connection is
 * gone: close it and open another.
 *
 * TLS: to a host that is not this machine the server must prove its name
 * (sslmode=verify-full), unless the URL says otherwise. No password is ever
 * part of a fault.
 *
 * The SQL is plain, for every engine that speaks PostgreSQL's protocol.
 * libpq is known to centre.c, centreask.c and centreurl.c alone; a hopseal that
 * is built without it has centreless.c in their place, where all of this fails
 * with the remedy.
 *
 * Threads: one owner. Source: PostgreSQL 15, chapter 34 "libpq".
 */
#ifndef HOPSEAL_FLEET_CENTRE_H
#define HOPSEAL_FLEET_CENTRE_H

#include <stdint.h>

#include "policy/base/attributes.h"
#include "policy/base/slice.h"
#include "policy/base/status.h"

enum {
	CENTRE_CONNECT_S = 10,
	CENTRE_ANSWER_S = 60,
	CENTRE_REPORT_S = 3600, /* for centre_limit */
	CENTRE_NUMBER = 24	/* octets of a number as text */
};

struct centre;
struct answer;

/* Values are text; NULL is SQL's. Borrowed for the call. */
struct question {
	const char *sql; /* one statement, with $1, $2, ... */
	const char *const *values;
	size_t count;
};

/*
 * Is url good? Makes no connection. *weak, if not NULL, gets a clause that
 * says what is less safe than it could be, or NULL. Fails: SYNTAX, with a
 * clause that follows the name of the option.
 */
enum status centre_check(const char *url, const char **weak,
    struct fault *fault) MUST_CHECK;

/* Does it hold a password? False when it cannot be read. */
bool centre_has_password(const char *url);

/*
 * Connect; name is seen in the server's list of sessions. Gives *out.
 * Fails: SYNTAX (the URL), IO (no server, no network, TLS, refused),
 * TIMEOUT, NOMEM; the sentence names the server.
 */
enum status centre_open(const char *url, const char *name,
    struct centre **out, struct fault *fault) MUST_CHECK;
void centre_close(struct centre **centre);

/* From now on an answer may take so long. Fails: as centre_run. */
enum status centre_limit(struct centre *centre, int seconds,
    struct fault *fault) MUST_CHECK;

/*
 * One statement whose rows, if it has any, are not wanted. *changed, if not
 * NULL, is how many rows it wrote. Fails: as centre_ask.
 */
enum status centre_ask_nothing(struct centre *centre,
    const struct question *question, uint64_t *changed,
    struct fault *fault) MUST_CHECK;

/* The same, without values: BEGIN, COMMIT, CREATE TABLE. */
enum status centre_run(struct centre *centre, const char *sql,
    struct fault *fault) MUST_CHECK;

/*
 * Gives *out, all rows; free with answer_free. Fails: SYNTAX (the server
 * does not take the statement; the connection stays), NOTFOUND (the schema
 * is missing: hopseal fleet init), EXISTS (a key stands twice), BUSY (try
 * again: a conflict of two transactions), IO, TIMEOUT, NOMEM.
 */
enum status centre_ask(struct centre *centre, const struct question *question,
    struct answer **out, struct fault *fault) MUST_CHECK;

/* A row of an answer that is read as it comes. Returning false ends it. */
typedef bool centre_take_row(void *context, const struct answer *row);

/*
 * Call take for every row, each an answer with one row, without keeping
 * them: for answers larger than memory. Fails: as centre_ask.
 */
enum status centre_stream(struct centre *centre,
    const struct question *question, centre_take_row *take, void *context,
    struct fault *fault) MUST_CHECK;

size_t answer_rows(const struct answer *answer);

/* "" for SQL's NULL. Borrows: as long as the answer lives. */
const char *answer_text(const struct answer *answer, size_t row,
    unsigned column);
size_t answer_len(const struct answer *answer, size_t row, unsigned column);
bool answer_is_null(const struct answer *answer, size_t row,
    unsigned column);

/* 0 for what is no number. */
int64_t answer_number(const struct answer *answer, size_t row,
    unsigned column);

void answer_free(struct answer **answer);

#endif
