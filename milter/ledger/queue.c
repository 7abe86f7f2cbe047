#include "milter/ledger/queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "milter/ledger/deadline.h"
#include "milter/ledger/waiters.h"

/* A session that stopped counts anew for a moment when they have gone by. */
enum { SECONDS = 64 };

struct slot {
	struct entry entry;
	bool last;	/* of its unit */
	unsigned place; /* of the waiter, at the last; 0: nobody waits */
};

/* Slots are named by a count that only grows; head is the oldest kept. */
struct queue {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct slot *slots;
	struct waiters *waiters; /* as many places as slots */
	size_t capacity;
	uint64_t head;
	uint64_t tail;
	size_t taken;	/* from head on; the writer's */
	size_t wanted;	/* records that end the writer's wait */
	size_t waiting; /* units not taken yet that somebody waits for */
	_Atomic size_t announced[SECONDS]; /* by the second when they were */
	bool stopped;
	struct queue_counts counts;
};

static struct slot *
slot_at(struct queue *queue, uint64_t at)
{
	return &queue->slots[at % queue->capacity];
}

static enum status
queue_init(struct queue *queue, size_t capacity)
{
	queue->capacity = capacity;
	queue->slots = calloc(capacity, sizeof(*queue->slots));
	if (queue->slots == NULL)
		return STATUS_NOMEM;
	return waiters_new(capacity, &queue->waiters);
}

enum status
queue_new(size_t capacity, struct queue **out)
{
	struct queue *queue = calloc(1, sizeof(*queue));

	if (queue == NULL)
		return STATUS_NOMEM;
	if (capacity < QUEUE_CAPACITY_MIN)
		capacity = QUEUE_CAPACITY_MIN;
	if (pthread_mutex_init(&queue->lock, NULL) != 0 ||
	    deadline_cond_init(&queue->work) != 0 ||
	    queue_init(queue, capacity) != STATUS_OK) {
		queue_free(&queue);
		return STATUS_NOMEM;
	}
	*out = queue;
	return STATUS_OK;
}

void
queue_free(struct queue **queue)
{
	struct queue *old = *queue;

	if (old == NULL)
		return;
	(void)pthread_cond_destroy(&old->work);
	(void)pthread_mutex_destroy(&old->lock);
	waiters_free(&old->waiters);
	free(old->slots);
	free(old);
	*queue = NULL;
}

/* Room for count more, and a place to wait if one is wanted? */
static bool
queue_has_room(const struct queue *queue, size_t count, bool waits)
{
	if (queue->stopped || (waits && waiters_are_full(queue->waiters)))
		return false;
	return queue->capacity - (size_t)(queue->tail - queue->head) >= count;
}

static void
queue_fill(struct queue *queue, const struct ledger_record *records,
    size_t count, unsigned place)
{
	struct slot *slot;
	size_t i;

	for (i = 0; i < count; i++) {
		slot = slot_at(queue, queue->tail + i);
		entry_copy(&slot->entry, &records[i], (unsigned)i);
		slot->last = i + 1 == count;
		slot->place = slot->last ? place : 0;
	}
	queue->tail += count;
	if (place != 0)
		queue->waiting++;
	if (queue->tail - queue->head > queue->counts.longest)
		queue->counts.longest = queue->tail - queue->head;
}

void
queue_announce(struct queue *queue, unsigned second)
{
	queue->announced[second % SECONDS]++;
}

void
queue_withdraw(struct queue *queue, unsigned second)
{
	queue->announced[second % SECONDS]--;
}

/* Of those before the last second it is not known that they come at all. */
static bool
queue_is_expecting(const struct queue *queue)
{
	unsigned second = deadline_second();

	return queue->announced[second % SECONDS] > 0 ||
	    queue->announced[(second - 1) % SECONDS] > 0;
}

/* What there is need not wait for company. */
static bool
queue_is_ripe(const struct queue *queue)
{
	return queue->tail - queue->head >= queue->wanted || queue->stopped ||
	    (queue->waiting > 0 && !queue_is_expecting(queue));
}

/* The unit, if it may come in. */
static enum status
queue_admit(struct queue *queue, const struct ledger_record *records,
    size_t count, struct queue_ticket *ticket)
{
	unsigned place = 0;

	if (count > QUEUE_UNIT_MAX)
		return STATUS_LIMIT;
	if (!queue_has_room(queue, count, ticket != NULL))
		return STATUS_BUSY;
	if (ticket != NULL) {
		place = waiters_take(queue->waiters);
		ticket->place = place;
	}
	queue_fill(queue, records, count, place);
	return STATUS_OK;
}

enum status
queue_put(struct queue *queue, const struct ledger_record *records,
    size_t count, struct queue_ticket *ticket)
{
	enum status status;
	bool wakes;

	if (ticket != NULL)
		ticket->place = 0;
	if (count == 0)
		return STATUS_OK;
	(void)pthread_mutex_lock(&queue->lock);
	wakes = queue->head == queue->tail;
	queue->counts.submitted += count;
	status = queue_admit(queue, records, count, ticket);
	if (status == STATUS_OK)
		wakes = wakes || queue_is_ripe(queue);
	else
		queue->counts.refused += count;
	(void)pthread_mutex_unlock(&queue->lock);
	/* Woken with the lock held, the writer would only wait again. */
	if (status == STATUS_OK && wakes)
		(void)pthread_cond_signal(&queue->work);
	return status;
}

enum status
queue_wait(struct queue *queue, struct queue_ticket *ticket,
    unsigned timeout_ms)
{
	struct timespec until = deadline_after(timeout_ms);
	enum status status = STATUS_TIMEOUT;

	if (ticket->place == 0)
		return STATUS_OK;
	(void)pthread_mutex_lock(&queue->lock);
	if (!waiters_wait(queue->waiters, ticket->place, &queue->lock, &until,
		&status))
		queue->counts.timeouts++;
	(void)pthread_mutex_unlock(&queue->lock);
	ticket->place = 0;
	return status;
}

/* Wait until there is work, a stop, or the time is over. */
static void
queue_idle(struct queue *queue, unsigned idle_ms)
{
	struct timespec until = deadline_after(idle_ms);
	int error = 0;

	while (queue->head == queue->tail && !queue->stopped && error == 0)
		error = pthread_cond_timedwait(
		    &queue->work, &queue->lock, &until);
}

/* More may come to share their commit. */
static void
queue_linger(struct queue *queue, unsigned linger_ms)
{
	struct timespec until = deadline_after(linger_ms);
	int error = 0;

	while (!queue_is_ripe(queue) && error == 0)
		error = pthread_cond_timedwait(
		    &queue->work, &queue->lock, &until);
}

/* How many records make whole units within max; at least one unit. */
static size_t
queue_units(struct queue *queue, size_t max)
{
	size_t length = (size_t)(queue->tail - queue->head);
	size_t whole = 0;
	size_t i;
	const struct slot *slot;

	for (i = 0; i < length && (i < max || whole == 0); i++) {
		slot = slot_at(queue, queue->head + i);
		if (!slot->last)
			continue;
		whole = i + 1;
		if (slot->place != 0)
			queue->waiting--;
	}
	return whole;
}

size_t
queue_take(struct queue *queue, size_t max, unsigned idle_ms,
    unsigned linger_ms)
{
	size_t taken;

	(void)pthread_mutex_lock(&queue->lock);
	queue->wanted = max;
	queue_idle(queue, idle_ms);
	if (queue->head != queue->tail)
		queue_linger(queue, linger_ms);
	taken = queue_units(queue, max);
	queue->taken = taken;
	(void)pthread_mutex_unlock(&queue->lock);
	return taken;
}

struct entry *
queue_entry(struct queue *queue, size_t i)
{
	/* head moves in the writer's own thread only. */
	return &slot_at(queue, queue->head + i)->entry;
}

/* Tell all who wait for what was taken. */
static void
queue_tell(struct queue *queue, enum status status)
{
	unsigned place;
	size_t i;

	for (i = 0; i < queue->taken; i++) {
		place = slot_at(queue, queue->head + i)->place;
		if (place != 0)
			waiters_tell(queue->waiters, place, status);
	}
}

void
queue_done(struct queue *queue, enum status status)
{
	(void)pthread_mutex_lock(&queue->lock);
	queue_tell(queue, status);
	queue->head += queue->taken;
	if (status == STATUS_OK)
		queue->counts.committed += queue->taken;
	else
		queue->counts.failed += queue->taken;
	queue->taken = 0;
	(void)pthread_mutex_unlock(&queue->lock);
	waiters_wake(queue->waiters);
}

void
queue_stop(struct queue *queue)
{
	(void)pthread_mutex_lock(&queue->lock);
	queue->stopped = true;
	(void)pthread_cond_signal(&queue->work);
	(void)pthread_mutex_unlock(&queue->lock);
}

bool
queue_is_stopped(struct queue *queue)
{
	bool stopped;

	(void)pthread_mutex_lock(&queue->lock);
	stopped = queue->stopped;
	(void)pthread_mutex_unlock(&queue->lock);
	return stopped;
}

void
queue_counts(struct queue *queue, struct queue_counts *out)
{
	(void)pthread_mutex_lock(&queue->lock);
	*out = queue->counts;
	out->length = queue->tail - queue->head;
	(void)pthread_mutex_unlock(&queue->lock);
}
