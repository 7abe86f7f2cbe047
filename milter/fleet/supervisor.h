/*
 * supervisor: the process between the daemon and the jobs of the fleet.
 *
 * Gives up what the jobs need not, starts one process for each job that the
 * configuration wants, and starts it again, after a pause that grows, when it
 * dies. Ends on SUPERVISOR_END, and with the daemon.
 *
 * Threads: none; runs in a process of its own. Source: fleet.h.
 */
#ifndef HOPSEAL_FLEET_SUPERVISOR_H
#define HOPSEAL_FLEET_SUPERVISOR_H

#include <signal.h>
#include <sys/types.h>

#include "milter/config/config.h"
#include "milter/fleet/board.h"

/* How the daemon asks it to end: no process of the fleet is left then. */
enum { SUPERVISOR_END = SIGUSR2 };

/* Is there a job that config wants? */
bool supervisor_is_wanted(const struct config *config);

/*
 * Be the supervisor, in a child of the process daemon. Returns when it was
 * asked to end, or cannot begin, which it logs; then the process must exit.
 * Borrows config, file (that of the configuration) and board.
 */
void supervisor_run(const struct config *config, const char *file,
    struct board *board, pid_t daemon);

#endif
