/*
 * counters: what hopseald counts on the way of mail.
 *
 * One struct per process, zero at the start; main owns it, sessions and the
 * responder add to it. Label sets are fixed: a stranger can make a number
 * grow, never a new one appear, so no domain is counted here (the ledger
 * does that).
 *
 * Threads: any; each counter is relaxed-atomic by itself, no two of them are
 * of one moment. Limits: 64 bits.
 */
#ifndef HOPSEAL_METRICS_COUNTERS_H
#define HOPSEAL_METRICS_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#include "policy/tlsinfo.h"
#include "policy/verdict.h"

enum {
	COUNTERS_OUTCOMES = OUTCOME_REJECT + 1,
	COUNTERS_TLS = TLS_VERSION_LATER + 3, /* none, unknown, versions */
	COUNTERS_BUCKETS = 12
};

enum counters_answer {
	ANSWER_OK,
	ANSWER_NOTFOUND,
	ANSWER_TEMP,
	COUNTERS_ANSWERS
};

/* Times in microseconds; bucket i counts those up to counters_bound_us(i). */
struct histogram {
	_Atomic uint64_t buckets[COUNTERS_BUCKETS];
	_Atomic uint64_t count;
	_Atomic uint64_t sum_us;
};

struct counters {
	_Atomic uint64_t messages; /* accepted */
	_Atomic uint64_t verdicts[COUNTERS_OUTCOMES]; /* per recipient */
	_Atomic uint64_t refused_at_end; /* refused or deferred at EOM */
	_Atomic uint64_t sessions[COUNTERS_TLS]; /* transactions by TLS */
	_Atomic uint64_t stamps, stamp_faults, strips;
	_Atomic uint64_t faults; /* deferred: we could not do our work */
	_Atomic uint64_t connections; /* ever */
	_Atomic uint64_t answers[COUNTERS_ANSWERS]; /* next-hop */
	_Atomic uint64_t reloads, reload_failures;
	struct histogram decision; /* RCPT */
	struct histogram end;	   /* end of message, the record included */
};

void counter_add(_Atomic uint64_t *counter, uint64_t more);
uint64_t counter_get(const _Atomic uint64_t *counter);

/* A transaction with that TLS has begun. */
void counters_tls(struct counters *counters, const struct tlsinfo *tls);

/* Which of sessions[] it is, and what it is called there. */
unsigned counters_tls_index(const struct tlsinfo *tls);
const char *counters_tls_name(unsigned index);

void histogram_add(struct histogram *histogram, int64_t us);
uint64_t counters_bound_us(unsigned bucket);

#endif
