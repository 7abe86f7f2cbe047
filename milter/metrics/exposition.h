/*
 * exposition: the figures as text that Prometheus reads.
 *
 * Pure: a struct of figures in, text out. Every name and label is described
 * in hopseald(8), "METRICS". Source: Prometheus text format 0.0.4.
 */
#ifndef HOPSEAL_METRICS_EXPOSITION_H
#define HOPSEAL_METRICS_EXPOSITION_H

#include "milter/metrics/counters.h"
#include "policy/base/buf.h"

enum { EXPOSITION_MAX = 64 * 1024 };

/* What is not counted but read when somebody asks. */
struct gauges {
	const char *version;
	const char *operation; /* of the configuration in force */
	int64_t started_ms;    /* since 1970 UTC */
	int64_t reloaded_ms;   /* last success; the start counts as one */
	uint64_t domains;      /* in the policy table */
	uint64_t connections;  /* open now */
	bool reload_failed;    /* the last try did */
	bool has_key;	       /* a stamp key is in force */

	/* What of the rest is set. */
	bool has_ledger, has_shipping, has_fleet;
	bool has_edition; /* of the fleet's policy */

	bool ship_connected;
	bool fleet_is_up;

	/* has_ledger */
	uint64_t submitted, committed, refused, failed, timeouts;
	uint64_t queue, queue_longest;
	uint64_t commits, commit_faults, checkpoints, records, memory;

	/* has_shipping */
	uint64_t shipped, ship_batches, ship_faults, ship_lost;
	uint64_t ship_backlog;
	int64_t ship_lag_ms;	 /* age of the first record that waits */
	int64_t ship_success_ms; /* since 1970 UTC; 0: not yet */

	/* has_fleet */
	uint64_t fleet_restarts;

	/* has_edition */
	const char *edition_hex; /* digest of the version in force */
	uint64_t edition, edition_left_out, polls, poll_faults;
	int64_t poll_success_ms; /* 0: never */
};

/* Append all of it to out. */
void exposition_write(const struct counters *counters,
    const struct gauges *gauges, struct buf *out);

#endif
