/*
 * fleet: the processes that speak with the centre.
 *
 *	fleet_check -> fleet_start -> ... -> fleet_stop -> fleet_free
 *
 * The process that reads mail never connects out. What it shares with other
 * hosts is shared by children: one for each job (shipping the ledger,
 * polling the policy), so that neither waits for the other, below one that
 * starts them again when they die. They are forked before there are threads,
 * become the daemon's user, keep no descriptor of the daemon's, run no
 * program, and end with it. Mail knows nothing of them: they read the ledger
 * as any report does, and leave their figures on the board.
 *
 * Threads: start before there are others. Source: stamp/keyholder.h, whose
 * pattern this is.
 */
#ifndef HOPSEAL_FLEET_FLEET_H
#define HOPSEAL_FLEET_FLEET_H

#include "milter/config/config.h"
#include "milter/fleet/board.h"

struct fleet;

/*
 * Are the URLs of config good, and can this hopseal use them? Faults, as
 * sentences that begin with the place, go to report. What is only unwise goes
 * to log, unless it is NULL. Fails: SYNTAX (reported).
 */
enum status fleet_check(const struct config *config, config_report *report,
    void *context, struct log *log) MUST_CHECK;

/*
 * Start the processes, if config wants any; else *out stays NULL. SIGCHLD
 * should be blocked. Borrows config (until the fork) and file. Gives *out.
 * Fails: IO, NOMEM.
 */
enum status fleet_start(const struct config *config, const char *file,
    struct fleet **out, struct fault *fault) MUST_CHECK;

/* What it shares with the processes; NULL when fleet is. */
struct board *fleet_board(const struct fleet *fleet);

/*
 * Has it died? Asked after SIGCHLD; true once. Then nothing is shipped or
 * polled any more, as the board says, and mail goes on. The daemon cannot
 * begin it again: what it forks inherits the ban on connecting out, and the
 * locks of threads that are not there. fleet may be NULL.
 */
bool fleet_has_ended(struct fleet *fleet);

/*
 * End the processes at once: what they do is whole or not done. Before
 * ledger_close, which tidies up only when nobody else reads. The board stays.
 * fleet may be NULL.
 */
void fleet_stop(struct fleet *fleet);
void fleet_free(struct fleet **fleet);

#endif
