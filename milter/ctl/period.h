/*
 * period: the days that a report or an export speaks of.
 *
 * A day is `2026-01-31` or a number of days back, `30d`; in UTC. since is
 * the first day, until the last one, both included.
 */
#ifndef HOPSEAL_CTL_PERIOD_H
#define HOPSEAL_CTL_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#define PERIOD_DAY_MS INT64_C(86400000)

/* Days since 1970 UTC; the first and the last one. */
struct period {
	int64_t first;
	int64_t last;
};

/* Everything there is. */
void period_init(struct period *period);

/*
 * Read a day; today is what `30d` is counted from. Returns false, with *out
 * untouched, for what is none.
 */
bool period_day(const char *text, int64_t today, int64_t *out);

/* The same for an argument, counted from today; false after a sentence. */
bool period_take(const char *text, int64_t *out);

/* Today, by the system's clock; and now in ms. */
int64_t period_today(void);
int64_t period_now(void);

enum { PERIOD_TEXT = 11 };

/* `2026-01-31`. */
void period_print(int64_t day, char out[PERIOD_TEXT]);

#endif
