/*
 * board: figures that the daemon and the processes of the fleet share.
 *
 * A piece of memory that outlives a fork; each side writes what it knows and
 * reads the rest at any time, without a lock. The processes may die at any
 * moment: every field is whole by itself.
 *
 * Threads and processes: any. Source: mmap(2), MAP_SHARED.
 */
#ifndef HOPSEAL_FLEET_BOARD_H
#define HOPSEAL_FLEET_BOARD_H

#include <stdatomic.h>
#include <stdint.h>

/* Written by the process that ships, read by the daemon. Times in ms. */
struct board_shipping {
	_Atomic int64_t connected;  /* 1: there is a connection now */
	_Atomic uint64_t shipped;   /* records, since the daemon started */
	_Atomic uint64_t batches;
	_Atomic uint64_t faults;    /* attempts that failed */
	_Atomic uint64_t dropped;   /* records that retention took first */
	_Atomic uint64_t backlog;   /* leaves that wait */
	_Atomic int64_t oldest;     /* time of the first that waits; 0: none */
	_Atomic int64_t success;    /* when the centre last took something */
	/* Every leaf before this one is at the centre; 0: not known yet. */
	_Atomic uint64_t next;
};

/* Written by the process that polls the policy. */
struct board_policy {
	_Atomic int64_t connected;
	_Atomic uint64_t polls;
	_Atomic uint64_t faults;
	_Atomic int64_t success;   /* when the last poll ended well */
	_Atomic uint64_t version;  /* that the centre has; 0: none yet */
};

/* Written by the daemon: what is in force here. */
struct board_daemon {
	_Atomic uint64_t policy; /* first 64 bits of its digest */
	_Atomic uint64_t version; /* of the fleet's policy; 0: from files */
};

struct board {
	struct board_shipping shipping;
	struct board_policy policy;
	struct board_daemon daemon;
	_Atomic uint64_t restarts; /* of the processes, after they died */
	_Atomic int64_t has_ended; /* 1: all of them, and none begins again */
};

/* NULL: no memory. Pair: board_free. */
struct board *board_new(void);
void board_free(struct board **board);

#endif
