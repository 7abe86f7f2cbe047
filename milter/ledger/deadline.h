/*
 * deadline: up to when somebody waits, on a clock that is never set.
 *
 * A wait of some milliseconds must not become one of hours because the wall
 * clock was put back: conditions that are waited for with a deadline are
 * made here, and so are the deadlines.
 *
 * Threads: no state.
 */
#ifndef HOPSEAL_LEDGER_DEADLINE_H
#define HOPSEAL_LEDGER_DEADLINE_H

#include <pthread.h>
#include <time.h>

/* As pthread_cond_init, and returns what it does: 0, or an errno. */
int deadline_cond_init(pthread_cond_t *cond);

/* That many milliseconds from now, for pthread_cond_timedwait on such a one. */
struct timespec deadline_after(unsigned ms);

/* Seconds by the same clock. */
unsigned deadline_second(void);

#endif
