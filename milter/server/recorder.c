#include "milter/server/recorder.h"

#include <unistd.h>

static void
report_ledger(void *context, bool is_fault, const char *sentence)
{
	log_line(context, is_fault ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
	    "ledger: %s", sentence);
}

static enum ledger_durability
durability_of(enum durability durability)
{
	switch (durability) {
	case DURABILITY_QUEUED:
		return LEDGER_QUEUED;
	case DURABILITY_COMMIT:
		return LEDGER_COMMIT;
	case DURABILITY_FSYNC:
		break;
	}
	return LEDGER_FSYNC;
}

static uint64_t
shipped(void *context)
{
	struct board *board = context;

	return atomic_load(&board->shipping.next);
}

enum status
recorder_open(const struct config *config, struct board *board,
    struct log *log, struct ledger **out, struct fault *fault)
{
	const struct ledger_config *ledger = &config->ledger;
	char host[256] = "localhost";
	struct ledger_options options = {
	    .path = ledger->path,
	    .host = config->hostname,
	    .durability = durability_of(ledger->durability),
	    .keep_days = ledger->keep_days,
	    .keep_summary_days = ledger->keep_summary_days,
	    .max_domains_per_day = ledger->max_domains_per_day,
	    .report = report_ledger,
	    .context = log,
	    .shipped = ledger->ship != NULL ? shipped : NULL,
	    .shipped_context = board,
	    .ship_backlog_days = ledger->ship_backlog_days,
	};

	if (ledger->path == NULL)
		return STATUS_OK;
	if (options.host == NULL) {
		(void)gethostname(host, sizeof(host) - 1);
		options.host = host;
	}
	return ledger_open(&options, out, fault);
}

void
recorder_reload(struct ledger *ledger, const struct config *config)
{
	if (ledger != NULL)
		ledger_limits(ledger, config->ledger.keep_days,
		    config->ledger.keep_summary_days,
		    config->ledger.max_domains_per_day,
		    config->ledger.ship_backlog_days);
}

enum status
recorder_follow(struct ledger *ledger, struct snapshot_slot *snapshots,
    struct log *log, struct follower **out, struct fault *fault)
{
	struct snapshot *held = snapshot_slot_acquire(snapshots);
	const struct config *config = snapshot_config(held);
	struct follower_options options = {
	    .file = config->outbound.mail_log,
	    .ledger_path = config->ledger.path,
	    .user = config->user,
	    .ledger = ledger,
	    .snapshots = snapshots,
	    .log = log,
	};
	enum status status = STATUS_OK;

	if (options.file != NULL && ledger != NULL)
		status = follower_start(&options, out, fault);
	snapshot_release(&held);
	return status;
}
