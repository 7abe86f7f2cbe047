/*
 * service: the filter at work, until a signal says stop.
 *
 * libmilter has a thread of its own; the main thread waits for signals,
 * reloads, and feeds the service manager's watchdog. Threads: the main one,
 * with all of signals.h blocked.
 */
#ifndef HOPSEAL_SERVER_SERVICE_H
#define HOPSEAL_SERVER_SERVICE_H

#include "milter/server/server.h"

/*
 * Serve until the end, which has been asked for if this returns STATUS_OK.
 * Fails: IO (no thread; the key holder or the filter has ended).
 */
enum status service_run(struct server *server,
    struct fault *fault) MUST_CHECK;

/*
 * Sessions may outlive libmilter's main loop. What they can reach is freed
 * only when none is left; returns false when some are, after a while.
 */
bool service_is_quiet(const struct server *server);

#endif
