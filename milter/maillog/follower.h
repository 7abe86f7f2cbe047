/*
 * follower: reads the MTA's log as it grows, in a thread of its own.
 *
 *	follower_start -> ... -> follower_stop, before ledger_close
 *
 * How far it has read is kept in `LEDGER.mail-log` beside the ledger, written
 * after the records of those lines are; with the ledger's own memory of what
 * it holds no delivery is recorded twice and none is left out, whether the
 * log is rotated (renamed, or copied and truncated) or the daemon restarted
 * or killed. What was written to a log that was rotated while nobody read is
 * looked for in LOG.* and LOG-*. Of lines that were read before it learns
 * again what they say of sessions that are still open.
 *
 * Without a kept position it begins at the end of the log: `hopseal import`
 * reads what stands there already. A log that cannot be read is warned of
 * and tried again.
 *
 * Threads: start and stop by main, counts by any. Source: POLICY.md,
 * "outbound".
 */
#ifndef HOPSEAL_MAILLOG_FOLLOWER_H
#define HOPSEAL_MAILLOG_FOLLOWER_H

#include "milter/config/snapshot.h"
#include "milter/ledger/ledger.h"
#include "milter/maillog/deliveries.h"
#include "milter/maillog/outbound.h"
#include "milter/system/log.h"

struct follower;

struct follower_options {
	const char *file;   /* the MTA's log */
	const char *ledger_path;
	const char *user;   /* whom the warning names */
	struct ledger *ledger;
	struct snapshot_slot *snapshots;
	struct log *log;
};

struct follower_counts {
	struct deliveries_counts lines;
	struct outbound_counts records;
};

/*
 * Start the thread. Call after privileges are dropped. Copies the texts,
 * borrows the rest. A log that cannot be read does not fail the start.
 * Fails: NOMEM, IO (no thread).
 */
enum status follower_start(const struct follower_options *options,
    struct follower **out, struct fault *fault) MUST_CHECK;

/* End the thread; what was read is recorded first. NULL inside is allowed. */
void follower_stop(struct follower **follower);

/* As of the last time that it looked at the log. */
void follower_counts(struct follower *follower, struct follower_counts *out);

#endif
