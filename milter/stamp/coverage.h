/*
 * coverage: the header fields that a stamp covers, and the h= that says so.
 *
 * Collects fields top to bottom in canonical form, then writes h= and gives
 * the octets in the order in which they are signed. It keeps its memory from
 * message to message.
 *
 * Threads: one owner. Limits: COVERAGE_MAX octets, COVERAGE_FIELDS fields
 * (an h= of more would not fit into a stamp). Source: STAMP.md, "h=";
 * RFC 6376, 5.4.2.
 */
#ifndef HOPSEAL_STAMP_COVERAGE_H
#define HOPSEAL_STAMP_COVERAGE_H

#include <stdint.h>

#include "milter/stamp/digest.h"
#include "milter/stamp/fold.h"

enum {
	COVERAGE_MAX = 1024 * 1024,
	COVERAGE_FIELDS = 4096 / 3,
	COVERAGE_NAMES = 13
};

struct coverage {
	struct buf octets; /* all fields, canonical, one behind the other */
	size_t count;
	bool overflow; /* more than COVERAGE_FIELDS */
	struct covered_field {
		uint32_t name; /* in the table of names */
		uint32_t at, len;
	} fields[COVERAGE_FIELDS];
	size_t occurs[COVERAGE_NAMES];
	bool rewritten[COVERAGE_NAMES]; /* Sendmail would change one of them */
};

void coverage_init(struct coverage *coverage);
void coverage_clear(struct coverage *coverage);

/* Forget the message, keep the memory. */
void coverage_reset(struct coverage *coverage);

/* A field of any name; one that no stamp covers costs a comparison. */
void coverage_add(struct coverage *coverage, struct slice name,
    struct slice value);

/*
 * May what was collected be signed? is_sendmail: fields that Sendmail will
 * rewrite are left out. Fails: LIMIT, NOMEM, SYNTAX (no From, or one that
 * is left out).
 */
enum status coverage_check(const struct coverage *coverage, bool is_sendmail,
    struct fault *fault) MUST_CHECK;

/* Write `h=...;`. */
void coverage_put_names(const struct coverage *coverage, bool is_sendmail,
    struct fold *fold);

/* Give the digest the fields, in the order of h=, bottom-up. */
void coverage_put_octets(const struct coverage *coverage, bool is_sendmail,
    struct digest *digest);

#endif
