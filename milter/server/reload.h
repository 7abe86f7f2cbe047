/*
 * reload: a configuration comes into force, at the start and in place of
 * another.
 *
 * Threads: the one that waits for signals. Source: DESIGN.md.
 */
#ifndef HOPSEAL_SERVER_RELOAD_H
#define HOPSEAL_SERVER_RELOAD_H

#include "milter/config/snapshot.h"
#include "milter/ledger/ledger.h"
#include "milter/metrics/counters.h"
#include "milter/fleet/board.h"
#include "milter/system/log.h"

/* What came of it; read by the thread of metrics. */
struct reload_state {
	_Atomic int64_t success_ms; /* since 1970 UTC; the start counts */
	_Atomic bool failed;	    /* the last one did */
};

/* What a reload reaches; borrowed. */
struct reload {
	const char *file;
	struct keyholder *keys;
	bool verbose; /* on the command line: above the configuration */
	struct log *log;
	struct snapshot_slot *snapshots;
	struct ledger *ledger; /* NULL: none is kept */
	struct board *board;   /* NULL: this host is no part of a fleet */
	struct counters *counters;
	struct reload_state *state;
};

/* A config_report that logs; context is the struct log. */
void reload_report(void *context, const char *sentence);

/*
 * The first configuration comes into force: log where and as much as it
 * says, and say what is served.
 */
void reload_begin(const struct reload *reload, const struct config *config);

/*
 * Tell the service manager that hopseald serves, and in a sentence with which
 * configuration, or that the last reload was refused.
 */
void reload_tell_manager(const struct reload *reload);

/*
 * Read the file again and swap what it says in. With an error in it the
 * policy in force stays. Both are logged; the service manager is told.
 */
void reload_now(const struct reload *reload);

#endif
