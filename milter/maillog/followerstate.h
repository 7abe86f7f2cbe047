/*
 * followerstate: what the follower knows, shared by its two parts.
 *
 *	follower	the thread: reads lines, records what they say
 *	followerplace	where in the log it reads
 *
 * These files alone include this.
 */
#ifndef HOPSEAL_MAILLOG_FOLLOWERSTATE_H
#define HOPSEAL_MAILLOG_FOLLOWERSTATE_H

#include <pthread.h>

#include "milter/maillog/follower.h"
#include "milter/maillog/logreader.h"
#include "milter/maillog/position.h"

enum { FOLLOWER_PATH = 4096 };

struct follower {
	char file[FOLLOWER_PATH];
	char position_file[FOLLOWER_PATH];
	char ledger_path[FOLLOWER_PATH];
	char user[256];
	struct follower_options options;
	pthread_t thread;
	int stop[2]; /* closing stop[1] ends the thread */
	struct deliveries *deliveries;
	struct outbound *outbound;
	struct position position; /* of what is recorded */
	bool has_position;
	struct logreader reader; /* of the open log; fd is -1: none */
	unsigned looks;		 /* at a log that was rotated */
	const struct table *table; /* of the snapshot held while reading */
	bool warned;		   /* of a log that cannot be read */
	bool failing;		   /* the ledger does not take records */
	uint64_t unlogged;	   /* of which was warned */
	int64_t warn_due;
	pthread_mutex_t lock; /* of counts */
	struct follower_counts counts;
};

#endif
