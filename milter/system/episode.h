/*
 * episode: a fault that lasts is an error once, not once for each message.
 *
 *	log_line(log, episode_level(&episode, now), "unrecorded id=...");
 *	...
 *	episode_over(&episode, log, now, "records are kept");
 *
 * The first fault begins an episode and is an error; those that follow are
 * the message's own line, info. It is over when something has worked, and
 * nothing has failed for EPISODE_QUIET_US: where one message in three fails,
 * that is still one episode. All zero is an episode that has not begun.
 *
 * Threads: any.
 */
#ifndef HOPSEAL_SYSTEM_EPISODE_H
#define HOPSEAL_SYSTEM_EPISODE_H

#include <stdint.h>

#include "milter/system/log.h"

enum { EPISODE_QUIET_US = 10 * 1000 * 1000 };

struct episode {
	_Atomic int64_t last_us; /* of the last fault; 0: none */
	_Atomic uint64_t count;
};

/* It failed now, in microseconds of clock_monotonic_us(): how loud is that? */
enum log_level episode_level(struct episode *episode, int64_t now_us);

/*
 * It worked. What ends an episode is told: "WORDS again, after N faults".
 */
void episode_over(struct episode *episode, struct log *log, int64_t now_us,
    const char *words);

#endif
