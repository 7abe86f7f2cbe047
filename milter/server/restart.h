/*
 * restart: what a reload cannot bring into force.
 *
 * What is bound, opened or taken on at the start stays until a restart; who
 * has changed it in the file is told so.
 */
#ifndef HOPSEAL_SERVER_RESTART_H
#define HOPSEAL_SERVER_RESTART_H

#include "milter/config/config.h"
#include "milter/system/log.h"

/* A warning for each such option in which the two differ. */
void restart_warn(struct log *log, const struct config *old,
    const struct config *new);

#endif
