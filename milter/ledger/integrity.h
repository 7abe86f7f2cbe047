/*
 * integrity: does the head of the log fit its last checkpoint?
 *
 * A report says so beside what it counts. It is not audit, which looks at
 * every record. Source: LEDGER.md; RFC 6962.
 */
#ifndef HOPSEAL_LEDGER_INTEGRITY_H
#define HOPSEAL_LEDGER_INTEGRITY_H

#include "milter/ledger/queries.h"

struct integrity {
	uint64_t leaves;
	uint64_t records;     /* still there */
	uint64_t pruned;      /* removed by retention */
	uint64_t checkpoints;
	uint64_t signed_leaves; /* covered by the last checkpoint */
	int64_t checkpoint_time; /* or QUERIES_NO_TIME */
	bool good;	    /* the last checkpoint fits log and key */
	bool is_young;	    /* good: there is none yet, nor need be */
	char sentence[FAULT_MAX]; /* says what does not */
	char vkey[512];
};

/*
 * A log without any checkpoint is good while its first record is younger than
 * two intervals between checkpoints: later somebody took them away. now: ms
 * since 1970. Fails: as the queries. What does not fit is no failure: out says
 * so.
 */
enum status integrity_read(const struct queries *queries, int64_t now,
    struct integrity *out, struct fault *fault) MUST_CHECK;

#endif
