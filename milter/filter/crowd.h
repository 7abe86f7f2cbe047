/*
 * crowd: soon there is no descriptor for another connection: say so.
 *
 * libmilter says nothing when a connection finds none: it tries again until
 * there is one, and meanwhile the MTA gives up on us and defers.
 *
 * Threads: those of callbacks. Limits: looks at most once in ten
 * milliseconds, and tells once while it lasts.
 */
#ifndef HOPSEAL_FILTER_CROWD_H
#define HOPSEAL_FILTER_CROWD_H

#include "milter/filter/connection.h"

/* Call it for each connection that begins. */
void crowd_look(struct filter *filter);

#endif
