/*
 * recorder: the ledger, and the mail log that it is fed from, as configured.
 *
 * Threads: as ledger_open and follower_start. Source: LEDGER.md.
 */
#ifndef HOPSEAL_SERVER_RECORDER_H
#define HOPSEAL_SERVER_RECORDER_H

#include "milter/config/snapshot.h"
#include "milter/fleet/board.h"
#include "milter/maillog/follower.h"

/*
 * Gives *out; without a path in the configuration *out stays and all is
 * well. board says what is shipped (NULL: nothing will be); it is borrowed
 * until ledger_close. Faults that come later go to log. Fails: as
 * ledger_open.
 */
enum status recorder_open(const struct config *config, struct board *board,
    struct log *log, struct ledger **out, struct fault *fault) MUST_CHECK;

/* What of the ledger a reload may change. ledger may be NULL. */
void recorder_reload(struct ledger *ledger, const struct config *config);

/*
 * Evidence of deliveries, if the MTA's log is named and a ledger kept; else
 * *out stays. Borrows all until follower_stop. Fails: as follower_start.
 */
enum status recorder_follow(struct ledger *ledger,
    struct snapshot_slot *snapshots, struct log *log, struct follower **out,
    struct fault *fault) MUST_CHECK;

#endif
