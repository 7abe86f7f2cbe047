/*
 * followerplace: where in the log the follower reads, through restarts and
 * rotations.
 *
 * A part of follower: see followerstate.h. Threads: the follower's own.
 */
#ifndef HOPSEAL_MAILLOG_FOLLOWERPLACE_H
#define HOPSEAL_MAILLOG_FOLLOWERPLACE_H

#include "milter/maillog/followerstate.h"

/* What was kept of an earlier run; a file that is damaged is told of. */
void followerplace_load(struct follower *follower);

/* What was read is recorded: keep where it ends. */
void followerplace_save(struct follower *follower);

/*
 * Open the log where the reading ended; at the first start, at its end.
 * Returns false, after a warning, when it cannot be read now.
 */
bool followerplace_begin(struct follower *follower);

/*
 * At the end of the open log: did another take its name? The old one is
 * looked at a few times more, as the syslog daemon may not know yet.
 */
void followerplace_turn(struct follower *follower);

/* Close the log; harmless when none is open. */
void followerplace_leave(struct follower *follower);

#endif
