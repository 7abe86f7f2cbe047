#include "milter/ledger/waiters.h"

#include <stdlib.h>

#include "milter/ledger/deadline.h"

enum waiter_state { WAITER_FREE, WAITER_WAITING, WAITER_LEFT, WAITER_TOLD };

struct waiter {
	enum waiter_state state;
	enum status status;
	unsigned next_free;
	pthread_cond_t told;
};

struct waiters {
	struct waiter *places; /* 1 to count */
	size_t count;
	unsigned free_place;
	unsigned *told; /* places to wake; the writer's, as the next */
	size_t told_count;
};

static enum status
waiters_init(struct waiters *waiters, size_t places)
{
	size_t i;

	waiters->count = places;
	waiters->places = calloc(places + 1, sizeof(*waiters->places));
	waiters->told = calloc(places, sizeof(*waiters->told));
	if (waiters->places == NULL || waiters->told == NULL)
		return STATUS_NOMEM;
	for (i = places; i > 0; i--) {
		if (deadline_cond_init(&waiters->places[i].told) != 0)
			return STATUS_NOMEM;
		waiters->places[i].next_free = waiters->free_place;
		waiters->free_place = (unsigned)i;
	}
	return STATUS_OK;
}

enum status
waiters_new(size_t places, struct waiters **out)
{
	struct waiters *waiters = calloc(1, sizeof(*waiters));

	if (waiters == NULL)
		return STATUS_NOMEM;
	if (waiters_init(waiters, places) != STATUS_OK) {
		waiters_free(&waiters);
		return STATUS_NOMEM;
	}
	*out = waiters;
	return STATUS_OK;
}

void
waiters_free(struct waiters **waiters)
{
	struct waiters *old = *waiters;
	size_t i;

	if (old == NULL)
		return;
	for (i = 1; old->places != NULL && i <= old->count; i++)
		(void)pthread_cond_destroy(&old->places[i].told);
	free(old->told);
	free(old->places);
	free(old);
	*waiters = NULL;
}

bool
waiters_are_full(const struct waiters *waiters)
{
	return waiters->free_place == 0;
}

unsigned
waiters_take(struct waiters *waiters)
{
	unsigned place = waiters->free_place;

	if (place != 0) {
		waiters->free_place = waiters->places[place].next_free;
		waiters->places[place].state = WAITER_WAITING;
	}
	return place;
}

static void
give_back(struct waiters *waiters, unsigned place)
{
	waiters->places[place].state = WAITER_FREE;
	waiters->places[place].next_free = waiters->free_place;
	waiters->free_place = place;
}

bool
waiters_wait(struct waiters *waiters, unsigned place, pthread_mutex_t *lock,
    const struct timespec *until, enum status *out)
{
	struct waiter *waiter = &waiters->places[place];
	int error = 0;

	while (waiter->state == WAITER_WAITING && error == 0)
		error = pthread_cond_timedwait(&waiter->told, lock, until);
	if (waiter->state != WAITER_TOLD) {
		waiter->state = WAITER_LEFT;
		return false;
	}
	*out = waiter->status;
	give_back(waiters, place);
	return true;
}

void
waiters_tell(struct waiters *waiters, unsigned place, enum status status)
{
	struct waiter *waiter = &waiters->places[place];

	if (waiter->state == WAITER_LEFT) {
		give_back(waiters, place);
		return;
	}
	waiter->state = WAITER_TOLD;
	waiter->status = status;
	waiters->told[waiters->told_count++] = place;
}

void
waiters_wake(struct waiters *waiters)
{
	size_t i;

	/* A place that was given to another by now is woken for nothing. */
	for (i = 0; i < waiters->told_count; i++)
		(void)pthread_cond_signal(
		    &waiters->places[waiters->told[i]].told);
	waiters->told_count = 0;
}
