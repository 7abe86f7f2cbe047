/*
 * audit: does the ledger still say what was written into it?
 *
 * Computes every leaf anew from its record, the tree from the leaves, and
 * compares it with each signed checkpoint and with one from outside; then
 * compares the daily summaries with the records that are still there. Reads
 * one snapshot, next to a writer at work.
 *
 * What an intruder who holds the key can forge is only found with a
 * checkpoint that was kept elsewhere.
 *
 * Threads: no state. Source: LEDGER.md, "Proof".
 */
#ifndef HOPSEAL_LEDGER_AUDIT_H
#define HOPSEAL_LEDGER_AUDIT_H

#include <stdint.h>

#include "policy/base/slice.h"
#include "policy/base/status.h"

/* Told of each thing that does not fit, in the order of the log. */
typedef void audit_finding(void *context, const char *sentence);

/* Told before the first of total leaves (done is 0) and after each. */
typedef void audit_progress(void *context, uint64_t done, uint64_t total);

struct audit_options {
	const char *path;
	struct slice vkey;	 /* empty: the one in the ledger */
	struct slice checkpoint; /* kept elsewhere; empty: none */
	int64_t now;		 /* ms since 1970 */
	audit_finding *finding;
	audit_progress *progress; /* NULL: nobody waits */
	void *context;
};

struct audit_result {
	uint64_t leaves;
	uint64_t records; /* still there, and compared */
	uint64_t pruned;  /* removed by retention, hashes kept */
	uint64_t checkpoints;
	uint64_t signed_leaves; /* that the last checkpoint covers */
	uint64_t days;		/* whose summaries were compared */
	uint64_t findings;
};

/*
 * Fails when the audit could not be made (no ledger, unreadable, no key);
 * findings are no failure.
 */
enum status audit_run(const struct audit_options *options,
    struct audit_result *out, struct fault *fault) MUST_CHECK;

#endif
