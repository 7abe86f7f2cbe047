#include "milter/filter/crowd.h"

#include <stdatomic.h>

#include "milter/system/clock.h"
#include "milter/system/descriptors.h"

/* Descriptors are counted by system calls, too dear for each connection. */
enum { MIND_US = 10 * 1000 };

void
crowd_look(struct filter *filter)
{
	unsigned connections = atomic_load(&filter->connections);
	int64_t now_us = clock_monotonic_us();

	if (now_us - atomic_load(&filter->minded_us) < MIND_US)
		return;
	atomic_store(&filter->minded_us, now_us);
	if (!descriptors_are_short() ||
	    episode_level(&filter->crowded, now_us) != LOG_LEVEL_ERROR)
		return;
	log_line(filter->env.log, LOG_LEVEL_ERROR,
	    "connections=%u, and only %lu files may be open: soon the MTA "
	    "finds no place and defers; raise LimitNOFILE of the unit, or let "
	    "the MTA open fewer sessions", connections, descriptors_limit());
}
