/*
 * server: everything that main owns, handed from step to step of a start.
 *
 * What a step makes is NULL until then, so that the way back can be taken
 * from anywhere. main.c has the order. Threads: the main thread, but for what
 * is _Atomic.
 */
#ifndef HOPSEAL_SERVER_SERVER_H
#define HOPSEAL_SERVER_SERVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "milter/config/snapshot.h"
#include "milter/fleet/fleet.h"
#include "milter/lookup/responder.h"
#include "milter/maillog/follower.h"
#include "milter/server/arguments.h"
#include "milter/server/figures.h"
#include "milter/server/reload.h"
#include "milter/server/sockets.h"
#include "milter/stamp/keyholder.h"

/* What a step returns when the next may follow; else it is the exit code. */
enum { GO_ON = -1 };

struct server {
	struct arguments arguments;
	struct log *log;
	int ready_fd; /* where the parent waits; -1: nobody does */
	struct keyholder *keys;
	/* That of the start. The slot holds it, so until the first reload. */
	const struct config *config;
	struct snapshot_slot *snapshots;
	struct fleet *fleet; /* NULL: this host is no part of one */
	struct sockets sockets;
	struct ledger *ledger; /* NULL: none is kept */

	/* workers */
	struct responder *nexthop;
	struct exporter *exporter;
	struct follower *follower;

	/* service */
	pthread_t main_thread;
	pthread_t filter_thread;
	_Atomic bool filter_ended;
	_Atomic bool filter_failed;

	/* Shared by all of these. */
	struct counters counters;
	struct txn_troubles troubles;
	struct reload reload;
	struct reload_state reload_state;
	struct figures figures;
};

#endif
