#include "milter/server/reload.h"

#include <inttypes.h>

#include "milter/fleet/fleet.h"
#include "milter/fleet/policyprint.h"
#include "milter/server/recorder.h"
#include "milter/server/restart.h"
#include "milter/server/sockets.h"
#include "milter/system/clock.h"
#include "milter/system/notify.h"

void
reload_report(void *context, const char *sentence)
{
	log_line(context, LOG_LEVEL_ERROR, "%s", sentence);
}

/* Which policy is in force here. */
static void
tell_fleet(struct board *board, const struct config *config)
{
	if (board == NULL)
		return;
	atomic_store(&board->daemon.policy, policyprint(config));
	atomic_store(&board->daemon.version,
	    config->edition == NULL ? 0 : config->edition->version);
}

static void
set_log_level(const struct reload *reload, const struct config *config)
{
	log_set_threshold(reload->log,
	    reload->verbose ? LOG_LEVEL_DEBUG : config->log_level);
}

/* Of the fleet, if there is one. */
static void
log_edition(const struct config *config, struct log *log)
{
	const struct edition *edition = config->edition;
	char hex[EDITION_HEX_SIZE];

	if (edition == NULL)
		return;
	edition_hex(edition, hex);
	log_line(log, LOG_LEVEL_INFO, "policy of the fleet in force version=%"
	    PRIu64 " sha256=%s author=%s left-out=%zu", edition->version, hex,
	    edition->author, config->left_out);
}

/* It is read slowly; what to do. */
static void
warn_of_sections(const struct config *config, const char *file,
    struct log *log)
{
	if (config->sections < CONFIG_SECTIONS_SLOW)
		return;
	log_line(log, LOG_LEVEL_WARNING, "%s has %zu sections, each of "
	    "which takes longer to read than the one before; put domains of "
	    "one class into a table: domains in hopseal.conf(5)", file,
	    config->sections);
}

static const char *
stamp_domain(const struct config *config)
{
	return config->stamp.domain == NULL ? "none" : config->stamp.domain;
}

static void
log_start(struct log *log, const struct config *config)
{
	log_line(log, LOG_LEVEL_INFO,
	    "hopseald %s serves socket=%s operation=%s domains=%zu stamp=%s",
	    PACKAGE_VERSION, config->socket,
	    operation_name(config->operation), table_domains(config->table),
	    stamp_domain(config));
}

void
reload_begin(const struct reload *reload, const struct config *config)
{
	set_log_level(reload, config);
	log_set_sink(reload->log, config->log);
	log_start(reload->log, config);
	tell_fleet(reload->board, config);
	log_edition(config, reload->log);
	warn_of_sections(config, reload->file, reload->log);
}

/*
 * Put next in force; everything that follows the configuration does so. Who
 * reads that it was reloaded finds it so.
 */
static void
take(const struct reload *reload, const struct config *old,
    struct snapshot *next)
{
	const struct config *config = snapshot_config(next);

	restart_warn(reload->log, old, config);
	sockets_warn_of_unreadable(config, reload->file, reload->log);
	warn_of_sections(config, reload->file, reload->log);
	set_log_level(reload, config);
	recorder_reload(reload->ledger, config);
	snapshot_slot_swap(reload->snapshots, next);
	tell_fleet(reload->board, config);
	log_line(reload->log, LOG_LEVEL_INFO,
	    "reloaded file=%s operation=%s domains=%zu", reload->file,
	    operation_name(config->operation), table_domains(config->table));
	log_edition(config, reload->log);
}

void
reload_tell_manager(const struct reload *reload)
{
	struct snapshot *current = snapshot_slot_acquire(reload->snapshots);
	const struct config *config = snapshot_config(current);

	notify_send("READY=1\nSTATUS=operation=%s domains=%zu stamp=%s%s",
	    operation_name(config->operation), table_domains(config->table),
	    stamp_domain(config), atomic_load(&reload->state->failed)
		? "; the last reload was refused, see the log" : "");
	snapshot_release(&current);
}

void
reload_now(const struct reload *reload)
{
	const struct snapshot_source source = {reload->file, reload->keys,
	    reload_report, reload->log};
	struct snapshot *current, *next = NULL;
	enum status status;

	notify_reloading();
	current = snapshot_slot_acquire(reload->snapshots);
	status = snapshot_reread(&source, current, &next);
	if (status == STATUS_OK &&
	    fleet_check(snapshot_config(next), reload_report, reload->log,
		NULL) != STATUS_OK) {
		status = STATUS_SYNTAX;
		snapshot_release(&next);
	}
	counter_add(&reload->counters->reloads, 1);
	atomic_store(&reload->state->failed, status != STATUS_OK);
	if (status == STATUS_OK) {
		take(reload, snapshot_config(current), next);
		atomic_store(&reload->state->success_ms, clock_wall_ms());
	} else {
		counter_add(&reload->counters->reload_failures, 1);
		log_line(reload->log, LOG_LEVEL_ERROR,
		    "%s was not loaded, the policy in force stays",
		    reload->file);
	}
	snapshot_release(&current);
	reload_tell_manager(reload);
}
