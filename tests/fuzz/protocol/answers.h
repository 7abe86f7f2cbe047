/*
 * answers: is what the daemon said one answer after the other?
 *
 * Threads: no state. Source: libmilter/mfdef.h; socketmap_table(5).
 */
#ifndef HOPSEAL_FUZZ_ANSWERS_H
#define HOPSEAL_FUZZ_ANSWERS_H

#include "policy/base/buf.h"

struct answers {
	size_t count;
	size_t passes;	/* continue, accept: a recipient, a message goes on */
	size_t refusals; /* 4xx and 5xx */
	const char *wrong; /* NULL: each is an answer that an MTA expects */
};

/* The answers of the filter; the last one may be cut off. */
struct answers answers_of_filter(struct slice said);

/* The answers of the next-hop responder, each of them of one line. */
struct answers answers_of_nexthop(struct slice said);

#endif
