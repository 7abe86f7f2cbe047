#include "milter/server/figures.h"

#include <string.h>

#include "milter/metrics/exposition.h"

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

void
figures_render(void *context, struct buf *out)
{
	const struct figures *figures = context;
	struct snapshot *held = snapshot_slot_acquire(figures->snapshots);
	const struct config *config = snapshot_config(held);
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
	exposition_write(figures->counters, &gauges, out);
	snapshot_release(&held);
}
