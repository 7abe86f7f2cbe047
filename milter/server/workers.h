/*
 * workers: the threads that work beside the filter.
 *
 * The ledger's writer, the answers to next-hop queries, the figures for those
 * who watch, and the follower of the mail log: each if the configuration asks
 * for it. Threads: by the main thread, with signals blocked.
 */
#ifndef HOPSEAL_SERVER_WORKERS_H
#define HOPSEAL_SERVER_WORKERS_H

#include "milter/server/server.h"

/* Fails: as the start of each; what was started before it goes on. */
enum status workers_start(struct server *server,
    struct fault *fault) MUST_CHECK;

/* Those that run; the ledger's writer ends with ledger_close. */
void workers_stop(struct server *server);

#endif
