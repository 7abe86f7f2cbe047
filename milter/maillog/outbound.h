/*
 * outbound: deliveries become records of the ledger.
 *
 * Keeps up to OUTBOUND_BATCH of them, adds what policy says of the recipient
 * domain, and hands them over; what the ledger holds already is left out.
 *
 * Threads: one owner. Limits: OUTBOUND_BATCH deliveries kept.
 */
#ifndef HOPSEAL_MAILLOG_OUTBOUND_H
#define HOPSEAL_MAILLOG_OUTBOUND_H

#include "milter/ledger/ledger.h"
#include "milter/maillog/deliveries.h"
#include "policy/table.h"

enum { OUTBOUND_BATCH = 1000, OUTBOUND_WAIT_MS = 10000 };

struct outbound;

struct outbound_counts {
	uint64_t recorded;
	uint64_t repeated; /* the ledger had them */
	uint64_t clear;	   /* of a domain with `to` = require, in clear */
};

/*
 * Borrows ledger and path (of the ledger). ledger NULL: count only. memory:
 * how many deliveries are remembered at most.
 */
enum status outbound_new(struct ledger *ledger, const char *path,
    size_t memory, struct outbound **out) MUST_CHECK;
void outbound_free(struct outbound **outbound);

/* Keep a copy, and what policy says of it. Not when it is full. */
void outbound_add(struct outbound *outbound, const struct table *table,
    const struct delivery *delivery);

/* Is there no room for what one more line may say? */
bool outbound_is_full(const struct outbound *outbound);

/*
 * Hand over what is kept and wait until it is written. Fails, and keeps it
 * for another try, which records nothing twice: BUSY (the queue is full or
 * closed), TIMEOUT, IO and others as ledger_wait and custody_export.
 */
enum status outbound_flush(struct outbound *outbound,
    struct fault *fault) MUST_CHECK;

const struct outbound_counts *
outbound_counts(const struct outbound *outbound);

#endif
