/*
 * verify: does a stored message still bear a stamp that holds?
 *
 * Octets in, result out: the caller reads the message, looks keys up and
 * knows the time. Threads: no state. Limits: VERIFY_STAMPS stamps are
 * looked at; a header beyond the limits of header.h is permerror. Source:
 * STAMP.md, "hopseal verify" and "Rulings"; RFC 6376, 6.1.
 */
#ifndef HOPSEAL_STAMP_VERIFY_H
#define HOPSEAL_STAMP_VERIFY_H

#include "milter/stamp/header.h"
#include "milter/stamp/stamp.h"

enum {
	VERIFY_STAMPS = 5,
	VERIFY_CLOCK_SKEW = 300 /* seconds by which t= may be ahead */
};

/* As exit codes of hopseal verify. */
enum verify_result {
	VERIFY_PASS = 0,
	VERIFY_FAIL = 1,
	VERIFY_NONE = 2,
	VERIFY_TEMPERROR = 3,
	VERIFY_PERMERROR = 4,
	VERIFY_FOREIGN = 5
};

enum verify_reason {
	VERIFY_REASON_NONE,
	VERIFY_SIGNATURE, /* of fail */
	VERIFY_BODY,
	VERIFY_RECIPIENT,
	VERIFY_FUTURE,
	VERIFY_DNS,    /* of temperror */
	VERIFY_SYNTAX, /* of permerror */
	VERIFY_VERSION,
	VERIFY_NO_KEY,
	VERIFY_REVOKED,
	VERIFY_KEY_WINDOW,
	VERIFY_ALGORITHM
};

/*
 * Append the key record of that name to record. Fails: NOTFOUND (there is
 * none), NOMEM, else it could not be asked for (temperror).
 */
typedef enum status verify_lookup(void *context, const char *name,
    struct buf *record);

struct verify_query {
	struct slice message;
	int64_t now; /* seconds since 1970 UTC */
	verify_lookup *lookup;
	void *context;
	const struct domain *trusted; /* normalized names */
	size_t trusted_count;	      /* 0: any domain is trusted */
	/* Without or in angle brackets; NULL inside: not checked. */
	struct slice recipient;
	bool unquote_from; /* undo mboxrd quoting in the body */
};

struct verify_finding {
	enum verify_result result;
	enum verify_reason reason;
	const char *detail; /* a sentence of our own, or NULL */
	bool testing;	    /* the key has t=y */
};

struct verification {
	struct verify_finding finding; /* of the stamp that decides */
	struct verify_finding stamps[VERIFY_STAMPS]; /* from the top */
	size_t count;
	bool more; /* there are stamps that were not looked at */
	/* Of the stamp that decides; filled for VERIFY_PASS only. */
	struct stamp stamp;
	struct taglist tags;
	char id[STAMP_ID_LEN + 1];
};

/*
 * Check a message. What out borrows, it borrows from the message. Fails:
 * NOMEM, CRYPTO; then there is no result.
 */
enum status verify_message(const struct verify_query *query,
    struct verification *out, struct fault *fault) MUST_CHECK;

const char *verify_result_name(enum verify_result result);

/* "signature", "no key"; "" for none. */
const char *verify_reason_name(enum verify_reason reason);

/*
 * The octets that the signature of the field at index covers. Fails: NOMEM,
 * LIMIT.
 */
enum status verify_put_signed(struct header *header, size_t index,
    const struct taglist *tags, struct slice covered,
    struct buf *out) MUST_CHECK;

#endif
