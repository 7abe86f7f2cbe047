/*
 * figures: what the parts of a running hopseald know, put together for those
 * who watch it.
 *
 * Threads: figures_render from the exporter's thread. Source: hopseald(8),
 * "METRICS".
 */
#ifndef HOPSEAL_SERVER_FIGURES_H
#define HOPSEAL_SERVER_FIGURES_H

#include "milter/config/snapshot.h"
#include "milter/filter/filter.h"
#include "milter/fleet/board.h"
#include "milter/metrics/counters.h"
#include "milter/metrics/exporter.h"
#include "milter/server/reload.h"

/* Where they come from; borrowed. */
struct figures {
	const struct counters *counters;
	const struct reload_state *reload;
	const struct filter *filter;
	struct snapshot_slot *snapshots;
	struct ledger *ledger; /* NULL: none is kept */
	struct board *board;   /* NULL: this host is no part of a fleet */
	int64_t started_ms;    /* since 1970 UTC */
};

/* A scrape_render; context is the struct figures. */
void figures_render(void *context, struct buf *out);

#endif
