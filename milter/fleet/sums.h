/*
 * sums: what all hosts counted of a day, added up as they ship it.
 *
 * Summaries are of one host; a report of all domains that had to add those of
 * two hundred hosts would read most of the centre. hopseal_sum is always what
 * the rows of hopseal_summary of the hosts whose row says `summed` add up to:
 * each transaction that brings summaries adds what they differ by from those
 * that stand there. So it may be tried again, cut and sent twice, and does not
 * depend on records, which a month's end takes away.
 *
 * Rows are locked in the order of the key, so that hosts wait for each other
 * and never in a circle.
 *
 * Threads: no state. Source: hopseald(8), "FLEET".
 */
#ifndef HOPSEAL_FLEET_SUMS_H
#define HOPSEAL_FLEET_SUMS_H

#include "milter/fleet/centre.h"
#include "milter/ledger/cells.h"

/* The SQL that makes the table. */
extern const char sums_table[];

/*
 * Within a transaction that holds the ledger's row (hostrow_hold), before the
 * same summaries are inserted: add what they change. cells are of one day, as
 * shipment_summaries gives them. Fails: as centre_ask.
 */
enum status sums_add(struct centre *centre, int64_t ledger,
    const struct cells *cells, struct fault *fault) MUST_CHECK;

/*
 * A transaction of its own: if the row of the ledger does not say `summed`,
 * add all summaries that the centre has of it, and say so. May take long.
 * Fails: as centre_ask.
 */
enum status sums_join(struct centre *centre, int64_t ledger,
    struct fault *fault) MUST_CHECK;

/*
 * Make all sums anew: forget them, and join every ledger whose host is known.
 * What is shipped meanwhile is tried again by those who ship. When it ends in
 * the middle, reports read the summaries of those that are not in the sums
 * yet. Fails: as centre_ask.
 */
enum status sums_make(struct centre *centre, struct fault *fault) MUST_CHECK;

#endif
