/*
 * evidence: what a report needs of all hosts, brought from the centre.
 *
 * The centre adds up what its hosts counted; the sums, and the few records
 * that a report shows, become a ledger in memory that is asked like any.
 *
 * Threads: one owner. Limits: EVIDENCE_RECORDS records. Source: LEDGER.md,
 * "Questions".
 */
#ifndef HOPSEAL_FLEET_EVIDENCE_H
#define HOPSEAL_FLEET_EVIDENCE_H

#include "milter/fleet/centre.h"
#include "milter/ledger/queries.h"

enum { EVIDENCE_RECORDS = 200000 }; /* the newest */

struct evidence_wanted {
	const char *domain;  /* NULL: all */
	int64_t first_day;   /* of the records; summaries reach back further */
	int64_t last_day;
	bool records;	     /* of the domain: every one of them */
};

/*
 * Of all domains it has no days but two: the range, and what was before.
 * Gives *out; queries_close. Fails: as centre_ask; NOMEM.
 */
enum status evidence_bring(struct centre *centre,
    const struct evidence_wanted *wanted, struct queries **out,
    struct fault *fault) MUST_CHECK;

/*
 * Those days, over all domains in one: for queries_days and queries_by_day.
 * Gives *out; queries_close. Fails: the same.
 */
enum status evidence_bring_days(struct centre *centre,
    const struct evidence_wanted *wanted, struct queries **out,
    struct fault *fault) MUST_CHECK;

#endif
