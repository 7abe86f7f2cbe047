#include "milter/metrics/exposition.h"

#include <inttypes.h>

/* # HELP and # TYPE of a family; its samples follow. */
static void
put_family(struct buf *out, const char *name, const char *type,
    const char *help)
{
	buf_printf(out, "# HELP hopseal_%s %s\n# TYPE hopseal_%s %s\n", name,
	    help, name, type);
}

static void
put_one(struct buf *out, const char *name, const char *type,
    const char *help, uint64_t value)
{
	put_family(out, name, type, help);
	buf_printf(out, "hopseal_%s %" PRIu64 "\n", name, value);
}

static void
put_labelled(struct buf *out, const char *name, const char *label,
    const char *value, uint64_t number)
{
	buf_printf(out, "hopseal_%s{%s=\"%s\"} %" PRIu64 "\n", name, label,
	    value, number);
}

static void
put_time(struct buf *out, const char *name, const char *help, int64_t ms)
{
	put_family(out, name, "gauge", help);
	buf_printf(out, "hopseal_%s %" PRId64 ".%03d\n", name, ms / 1000,
	    (int)(ms % 1000));
}

static void
put_seconds(struct buf *out, uint64_t us)
{
	buf_printf(out, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
}

static void
put_histogram(struct buf *out, const char *name, const char *help,
    const struct histogram *histogram)
{
	/* Read first: buckets that grow meanwhile must not pass the total. */
	uint64_t count = counter_get(&histogram->count);
	uint64_t sum_us = counter_get(&histogram->sum_us), below = 0;
	unsigned i;

	put_family(out, name, "histogram", help);
	for (i = 0; i < COUNTERS_BUCKETS; i++) {
		below += counter_get(&histogram->buckets[i]);
		buf_printf(out, "hopseal_%s_bucket{le=\"", name);
		put_seconds(out, counters_bound_us(i));
		buf_printf(out, "\"} %" PRIu64 "\n", below);
	}
	if (count < below)
		count = below;
	buf_printf(out, "hopseal_%s_bucket{le=\"+Inf\"} %" PRIu64
	    "\nhopseal_%s_sum ", name, count, name);
	put_seconds(out, sum_us);
	buf_printf(out, "\nhopseal_%s_count %" PRIu64 "\n", name, count);
}

static void
put_mail(struct buf *out, const struct counters *counters)
{
	unsigned i;

	put_one(out, "messages_total", "counter", "Messages accepted.",
	    counter_get(&counters->messages));
	put_family(out, "verdicts_total", "counter",
	    "Verdicts on recipients.");
	for (i = 0; i < COUNTERS_OUTCOMES; i++)
		put_labelled(out, "verdicts_total", "verdict",
		    outcome_name((enum outcome)i),
		    counter_get(&counters->verdicts[i]));
	put_one(out, "messages_refused_total", "counter",
	    "Messages refused or deferred at their end.",
	    counter_get(&counters->refused_at_end));
	put_family(out, "transactions_total", "counter",
	    "Mail transactions by the TLS of their session.");
	for (i = 0; i < COUNTERS_TLS; i++)
		put_labelled(out, "transactions_total", "tls",
		    counters_tls_name(i),
		    counter_get(&counters->sessions[i]));
	put_one(out, "stamps_total", "counter", "Stamps made.",
	    counter_get(&counters->stamps));
	put_one(out, "stamp_faults_total", "counter",
	    "Messages that should have been stamped and were not.",
	    counter_get(&counters->stamp_faults));
	put_one(out, "strips_total", "counter",
	    "Stamps removed that claimed to be ours.",
	    counter_get(&counters->strips));
	put_one(out, "faults_total", "counter",
	    "Transactions deferred because hopseald could not do its work.",
	    counter_get(&counters->faults));
	put_histogram(out, "decision_seconds",
	    "Time that a verdict on a recipient takes.",
	    &counters->decision);
	put_histogram(out, "end_of_message_seconds",
	    "Time from the end of a message to the reply, its record "
	    "included.", &counters->end);
}

static void
put_nexthop(struct buf *out, const struct counters *counters)
{
	static const char *const names[COUNTERS_ANSWERS] = {"ok", "notfound",
	    "temp"};
	unsigned i;

	put_family(out, "nexthop_answers_total", "counter",
	    "Answers to the MTA's next-hop queries.");
	for (i = 0; i < COUNTERS_ANSWERS; i++)
		put_labelled(out, "nexthop_answers_total", "answer",
		    names[i], counter_get(&counters->answers[i]));
}

static void
put_process(struct buf *out, const struct counters *counters,
    const struct gauges *gauges)
{
	put_family(out, "build_info", "gauge",
	    "Version and operation; always 1.");
	buf_printf(out, "hopseal_build_info{version=\"%s\",operation=\"%s\"} "
	    "1\n", gauges->version, gauges->operation);
	put_time(out, "start_time_seconds", "When hopseald started.",
	    gauges->started_ms);
	put_time(out, "reload_success_time_seconds",
	    "When the configuration in force was read.", gauges->reloaded_ms);
	put_one(out, "reload_failed", "gauge",
	    "1 if the last reload was refused.", gauges->reload_failed);
	put_one(out, "reloads_total", "counter", "Reloads tried.",
	    counter_get(&counters->reloads));
	put_one(out, "reload_failures_total", "counter", "Reloads refused.",
	    counter_get(&counters->reload_failures));
	put_one(out, "stamp_key", "gauge", "1 if a stamp key is in force.",
	    gauges->has_key);
	put_one(out, "policy_domains", "gauge",
	    "Domains that have a rule of their own.", gauges->domains);
	put_one(out, "connections_total", "counter",
	    "Connections of the MTA.", counter_get(&counters->connections));
	put_one(out, "connections", "gauge", "Connections open now.",
	    gauges->connections);
}

static void
put_ledger(struct buf *out, const struct gauges *gauges)
{
	if (!gauges->has_ledger)
		return;
	put_one(out, "ledger_submitted_total", "counter",
	    "Records handed to the ledger.", gauges->submitted);
	put_one(out, "ledger_committed_total", "counter",
	    "Records written.", gauges->committed);
	put_one(out, "ledger_refused_total", "counter",
	    "Records refused because the queue was full.", gauges->refused);
	put_one(out, "ledger_failed_total", "counter",
	    "Records that the database did not take.", gauges->failed);
	put_one(out, "ledger_timeouts_total", "counter",
	    "Messages that waited in vain for their record.",
	    gauges->timeouts);
	put_one(out, "ledger_queue", "gauge", "Records waiting now.",
	    gauges->queue);
	put_one(out, "ledger_queue_longest", "gauge",
	    "The most that ever waited.", gauges->queue_longest);
	put_one(out, "ledger_commits_total", "counter",
	    "Transactions of the database.", gauges->commits);
	put_one(out, "ledger_commit_faults_total", "counter",
	    "Transactions of the database that failed.",
	    gauges->commit_faults);
	put_one(out, "ledger_checkpoints_total", "counter",
	    "Checkpoints signed.", gauges->checkpoints);
	put_one(out, "ledger_leaves", "gauge", "Leaves of the Merkle log.",
	    gauges->records);
	put_one(out, "ledger_memory", "gauge",
	    "Domains and networks remembered for downgrades.",
	    gauges->memory);
}

static void
put_shipping(struct buf *out, const struct gauges *gauges)
{
	if (!gauges->has_shipping)
		return;
	put_one(out, "ship_connected", "gauge",
	    "1 if the ledger is shipped to the centre now.",
	    gauges->ship_connected);
	put_one(out, "ship_records_total", "counter",
	    "Records shipped to the centre.", gauges->shipped);
	put_one(out, "ship_batches_total", "counter",
	    "Transactions with the centre.", gauges->ship_batches);
	put_one(out, "ship_faults_total", "counter",
	    "Attempts to ship that failed.", gauges->ship_faults);
	put_one(out, "ship_lost_total", "counter",
	    "Records that retention removed before they were shipped.",
	    gauges->ship_lost);
	put_one(out, "ship_backlog", "gauge",
	    "Leaves of the log that are not shipped yet.",
	    gauges->ship_backlog);
	put_time(out, "ship_lag_seconds",
	    "Age of the oldest record that is not shipped yet.",
	    gauges->ship_lag_ms);
	put_time(out, "ship_success_time_seconds",
	    "When the centre last took something.", gauges->ship_success_ms);
}

static void
put_fleet(struct buf *out, const struct gauges *gauges)
{
	if (!gauges->has_fleet)
		return;
	put_one(out, "fleet_up", "gauge",
	    "1 if the processes that speak with the centre run, or begin "
	    "again; 0 until a restart.", gauges->fleet_is_up);
	put_one(out, "fleet_restarts_total", "counter",
	    "Deaths of processes that speak with the centre.",
	    gauges->fleet_restarts);
}

/* The policy of a fleet. */
static void
put_edition(struct buf *out, const struct gauges *gauges)
{
	if (!gauges->has_edition)
		return;
	put_one(out, "policy_version", "gauge",
	    "Version of the fleet's policy that is in force.",
	    gauges->edition);
	put_family(out, "policy_info", "gauge",
	    "SHA-256 of the fleet's policy in force; always 1.");
	put_labelled(out, "policy_info", "sha256", gauges->edition_hex, 1);
	put_one(out, "policy_left_out", "gauge",
	    "Titles of it that gave way to those of this host.",
	    gauges->edition_left_out);
	put_one(out, "policy_polls_total", "counter",
	    "Looks for a new version at the centre.", gauges->polls);
	put_one(out, "policy_poll_faults_total", "counter",
	    "Looks that failed, or found what was refused.",
	    gauges->poll_faults);
	put_time(out, "policy_poll_success_time_seconds",
	    "When this host last had what the centre has; 0: not yet.",
	    gauges->poll_success_ms);
}

void
exposition_write(const struct counters *counters,
    const struct gauges *gauges, struct buf *out)
{
	put_process(out, counters, gauges);
	put_mail(out, counters);
	put_nexthop(out, counters);
	put_ledger(out, gauges);
	put_shipping(out, gauges);
	put_fleet(out, gauges);
	put_edition(out, gauges);
}
