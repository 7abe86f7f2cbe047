/*
 * sumcheck: are the sums over all hosts what their summaries add up to?
 *
 * Reports of all domains answer from hopseal_sum, and no log covers it. The
 * server compares, month by month, and tells what differs; each month is one
 * statement, so what hosts ship meanwhile is in both sides or in neither.
 *
 * Who changes both sums and summaries alike is found by daycheck.
 *
 * Threads: one owner. Limits: SUMCHECK_SHOWN rows are kept, all are counted.
 * Source: hopseald(8), "FLEET".
 */
#ifndef HOPSEAL_FLEET_SUMCHECK_H
#define HOPSEAL_FLEET_SUMCHECK_H

#include "milter/fleet/centre.h"

enum { SUMCHECK_SHOWN = 5, SUMCHECK_TEXT = 256, SUMCHECK_COUNTS = 3 };

/* A row that differs. Counts are what the server says, "" without a row. */
struct sumcheck_row {
	int64_t day; /* since 1970 UTC; any number */
	char domain[SUMCHECK_TEXT];
	char direction[CENTRE_NUMBER];
	char tls[CENTRE_NUMBER];
	char event[CENTRE_NUMBER];
	char sums[SUMCHECK_COUNTS][SUMCHECK_TEXT]; /* records, messages, */
	char counted[SUMCHECK_COUNTS][SUMCHECK_TEXT]; /* stamped */
};

struct sumcheck_result {
	uint64_t rows;	    /* of sums, compared */
	uint64_t differing; /* rows of either side */
	uint64_t strays;    /* rows of summaries of no host that is known */
	size_t shown;
	struct sumcheck_row first[SUMCHECK_SHOWN]; /* by day, domain, ... */
};

/* What differs is no failure. Fails: as centre_ask. */
enum status sumcheck_run(struct centre *centre, struct sumcheck_result *out,
    struct fault *fault) MUST_CHECK;

#endif
