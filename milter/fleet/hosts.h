/*
 * hosts: what the centre knows of each host of a fleet.
 *
 * Threads: one owner. Limits: HOSTS_MAX. Source: hopseald(8), "FLEET".
 */
#ifndef HOPSEAL_FLEET_HOSTS_H
#define HOPSEAL_FLEET_HOSTS_H

#include "milter/fleet/centre.h"

enum { HOSTS_MAX = 10000, HOSTS_NAME = 256, HOSTS_VKEY = 512,
	HOSTS_WORD = 32 };

/* Times in ms since 1970 UTC, by the clock of the centre. */
struct host {
	char name[HOSTS_NAME];
	char vkey[HOSTS_VKEY];
	char version[HOSTS_WORD];
	char policy[HOSTS_WORD]; /* digest of the rules in force */
	int64_t ledger;
	uint64_t edition; /* of the fleet's policy; 0: from own files */
	uint64_t next;	  /* leaves at the centre */
	uint64_t size;	  /* leaves on the host, when it was heard last */
	uint64_t lost;
	uint64_t signed_leaves; /* at the centre, under a checkpoint */
	int64_t next_time; /* of the last record; 0: none */
	int64_t lag;	   /* age of the first record not shipped; 0: none */
	int64_t silence;   /* since it was heard last */
	bool is_twin;	   /* another ledger has this name too */
	bool drifts;	   /* policy or version is not that of the most */
};

struct hosts {
	struct host *items; /* by name */
	size_t count;
	size_t drifting;
};

/* Read all. Pair: hosts_clear. Fails: as centre_ask; LIMIT, NOMEM. */
enum status hosts_read(struct centre *centre, struct hosts *out,
    struct fault *fault) MUST_CHECK;
void hosts_clear(struct hosts *hosts);

#endif
