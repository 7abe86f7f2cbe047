#include "milter/server/figures.h"

#include <string.h>

#include "milter/metrics/exposition.h"
#include "milter/system/clock.h"

static void
read_ledger(struct ledger *ledger, struct gauges *out)
{
	struct ledger_stats stats;

	ledger_stats(ledger, &stats);
	out->has_ledger = true;
	out->submitted = stats.submitted;
	out->committed = stats.committed;
	out->refused = stats.refused;
	out->failed = stats.failed;
	out->timeouts = stats.timeouts;
	out->queue = stats.length;
	out->queue_longest = stats.longest;
	out->commits = stats.commits;
	out->commit_faults = stats.faults;
	out->checkpoints = stats.checkpoints;
	out->records = stats.records;
	out->memory = stats.memory;
}

static void
read_shipping(struct board *board, struct gauges *out)
{
	struct board_shipping *shipping = &board->shipping;
	int64_t oldest = atomic_load(&shipping->oldest);
	int64_t now = clock_wall_ms();

	out->has_shipping = true;
	out->ship_connected = atomic_load(&shipping->connected) != 0;
	out->shipped = atomic_load(&shipping->shipped);
	out->ship_batches = atomic_load(&shipping->batches);
	out->ship_faults = atomic_load(&shipping->faults);
	out->ship_lost = atomic_load(&shipping->dropped);
	out->ship_backlog = atomic_load(&shipping->backlog);
	out->ship_lag_ms = oldest == 0 || oldest > now ? 0 : now - oldest;
	out->ship_success_ms = atomic_load(&shipping->success);
}

static void
read_fleet(struct board *board, struct gauges *out)
{
	out->has_fleet = true;
	out->fleet_is_up = atomic_load(&board->has_ended) == 0;
	out->fleet_restarts = atomic_load(&board->restarts);
}

static void
read_policy(const struct config *config, struct board *board,
    char hex[EDITION_HEX_SIZE], struct gauges *out)
{
	edition_hex(config->edition, hex);
	out->has_edition = true;
	out->edition_hex = hex;
	out->edition = config->edition->version;
	out->edition_left_out = config->left_out;
	if (board == NULL)
		return;
	out->polls = atomic_load(&board->policy.polls);
	out->poll_faults = atomic_load(&board->policy.faults);
	out->poll_success_ms = atomic_load(&board->policy.success);
}

void
figures_render(void *context, struct buf *out)
{
	const struct figures *figures = context;
	struct snapshot *held = snapshot_slot_acquire(figures->snapshots);
	const struct config *config = snapshot_config(held);
	char hex[EDITION_HEX_SIZE];
	struct gauges gauges = {
	    .version = PACKAGE_VERSION,
	    .operation = operation_name(config->operation),
	    .started_ms = figures->started_ms,
	    .reloaded_ms = atomic_load(&figures->reload->success_ms),
	    .reload_failed = atomic_load(&figures->reload->failed),
	    .has_key = snapshot_key(held) != NULL,
	    .domains = table_domains(config->table),
	    .connections = filter_connections(figures->filter),
	};

	if (figures->ledger != NULL)
		read_ledger(figures->ledger, &gauges);
	if (figures->board != NULL)
		read_fleet(figures->board, &gauges);
	if (figures->board != NULL && config->ledger.ship != NULL)
		read_shipping(figures->board, &gauges);
	if (config->edition != NULL)
		read_policy(config, figures->board, hex, &gauges);
	exposition_write(figures->counters, &gauges, out);
	snapshot_release(&held);
}
