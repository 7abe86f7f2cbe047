/*
 * initial: the configuration that hopseald starts with.
 *
 * Threads: before there are others. Source: hopseald(8), hopseal.conf(5).
 */
#ifndef HOPSEAL_SERVER_INITIAL_H
#define HOPSEAL_SERVER_INITIAL_H

#include "milter/server/server.h"

/*
 * Read it, with its keys, to server->config and server->snapshots; the first
 * policy of a fleet is fetched if there is none here. Everything wrong is
 * logged. Returns GO_ON, else the exit code; never GO_ON when the command
 * line asks for no more than a check.
 */
int initial_read(struct server *server);

#endif
