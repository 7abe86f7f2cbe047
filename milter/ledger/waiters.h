/*
 * waiters: the places where sessions wait to be told how their unit fared.
 *
 *	the session	waiters_take -> waiters_wait
 *	the writer	waiters_tell, for each of a transaction -> waiters_wake
 *
 * A place is taken until both are done with it: a session whose time is over
 * leaves it behind, and the writer gives it back when it would have told.
 *
 * Threads: the lock of the queue guards all but waiters_wake, which the
 * writer alone calls, without the lock. Limits: the number of places it was
 * made with; between two waiters_wake, waiters_tell once for each of them.
 */
#ifndef HOPSEAL_LEDGER_WAITERS_H
#define HOPSEAL_LEDGER_WAITERS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "policy/base/attributes.h"
#include "policy/base/status.h"

struct waiters;

/* Gives *out, with that many places. Fails: NOMEM. */
enum status waiters_new(size_t places, struct waiters **out) MUST_CHECK;
void waiters_free(struct waiters **waiters);

/* Is every place taken? */
bool waiters_are_full(const struct waiters *waiters);

/*
 * A place of one's own: from 1 to the number of places; 0: they are full.
 * waiters_wait must be called for it exactly once.
 */
unsigned waiters_take(struct waiters *waiters) MUST_CHECK;

/*
 * Wait in that place, without the lock meanwhile, until waiters_tell: then
 * *out is its status. Returns false, *out untouched, when the time until
 * (deadline.h) comes first.
 */
bool waiters_wait(struct waiters *waiters, unsigned place,
    pthread_mutex_t *lock, const struct timespec *until,
    enum status *out) MUST_CHECK;

/* What became of the unit of that place, which was taken. */
void waiters_tell(struct waiters *waiters, unsigned place,
    enum status status);

/* Wake all who were told since the last time and wait still. */
void waiters_wake(struct waiters *waiters);

#endif
