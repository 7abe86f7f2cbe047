/*
 * daycheck: do a host's daily counts agree with its records at the centre?
 *
 * Reports answer from the counts, and no log covers them: so they are
 * compared with the records, once the log has shown that those are what the
 * host signed. The server counts; the days compared are all but today whose
 * records and counts are both here in full.
 *
 * On a day with names counted as "(other)" a name may count less than its
 * records, and all names together not, in no kind of session.
 *
 * Threads: one owner. Source: LEDGER.md, "Storage"; hopseald(8), "FLEET".
 */
#ifndef HOPSEAL_FLEET_DAYCHECK_H
#define HOPSEAL_FLEET_DAYCHECK_H

#include "milter/fleet/hosts.h"

enum { DAYCHECK_FINDING = 768 };

struct daycheck_result {
	bool is_pending; /* counts are ahead of records: nothing compared */
	uint64_t days;	 /* compared */
	uint64_t differing; /* rows: day, domain, direction, tls, event */
	char finding[DAYCHECK_FINDING]; /* the first of them, in words */
};

/* What differs is no failure. Fails: as centre_ask. */
enum status daycheck_run(struct centre *centre, const struct host *host,
    struct daycheck_result *out, struct fault *fault) MUST_CHECK;

#endif
