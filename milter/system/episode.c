#include "milter/system/episode.h"

#include <stdatomic.h>
#include <stdbool.h>

static bool
is_over(int64_t last_us, int64_t now_us)
{
	return last_us == 0 || now_us - last_us >= EPISODE_QUIET_US;
}

enum log_level
episode_level(struct episode *episode, int64_t now_us)
{
	int64_t last_us = atomic_exchange(&episode->last_us, now_us);

	atomic_fetch_add(&episode->count, 1);
	return is_over(last_us, now_us) ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO;
}

void
episode_over(struct episode *episode, struct log *log, int64_t now_us,
    const char *words)
{
	int64_t last_us = atomic_load(&episode->last_us);

	if (last_us == 0 || !is_over(last_us, now_us) ||
	    !atomic_compare_exchange_strong(&episode->last_us, &last_us, 0))
		return;
	log_line(log, LOG_LEVEL_INFO, "%s again, after %llu faults", words,
	    (unsigned long long)atomic_exchange(&episode->count, 0));
}
