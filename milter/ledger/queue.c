#include "milter/ledger/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct slot {
	struct entry entry;
	bool last;	/* of its unit */
	unsigned place; /* of the waiter, at the last; 0: nobody waits */
};

enum waiter_state { WAITER_FREE, WAITER_WAITING, WAITER_LEFT, WAITER_TOLD };

struct waiter {
	enum waiter_state state;
	enum status status;
	unsigned next_free;
	pthread_cond_t told;
};

/* Slots are named by a count that only grows; head is the oldest kept. */
struct queue {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct slot *slots;
	struct waiter *waiters; /* places 1 to capacity */
	unsigned *told;		/* places to wake; the writer's */
	size_t capacity;
	uint64_t head;
	uint64_t tail;
	size_t taken;	/* from head on; the writer's */
	size_t wanted;	/* records that end the writer's wait */
	size_t waiting; /* units not taken yet that somebody waits for */
	_Atomic size_t announced;
	unsigned free_place;
	bool stopped;
	struct queue_counts counts;
};

static struct slot *
slot_at(struct queue *queue, uint64_t at)
{
	return &queue->slots[at % queue->capacity];
}

/* A condition that is waited for on a clock that is never set. */
static int
cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attributes;
	int error = pthread_condattr_init(&attributes);

	if (error != 0)
		return error;
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	error = pthread_cond_init(cond, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	return error;
}

static struct timespec
after_ms(unsigned ms)
{
	struct timespec when;

	(void)clock_gettime(CLOCK_MONOTONIC, &when);
	when.tv_sec += (time_t)(ms / 1000);
	when.tv_nsec += (long)(ms % 1000) * 1000000;
	if (when.tv_nsec >= 1000000000) {
		when.tv_nsec -= 1000000000;
		when.tv_sec++;
	}
	return when;
}

static enum status
queue_init(struct queue *queue, size_t capacity)
{
	size_t i;

	queue->capacity = capacity;
	queue->slots = calloc(capacity, sizeof(*queue->slots));
	queue->waiters = calloc(capacity + 1, sizeof(*queue->waiters));
	queue->told = calloc(capacity, sizeof(*queue->told));
	if (queue->slots == NULL || queue->waiters == NULL ||
	    queue->told == NULL)
		return STATUS_NOMEM;
	for (i = capacity; i > 0; i--) {
		if (cond_init(&queue->waiters[i].told) != 0)
			return STATUS_NOMEM;
		queue->waiters[i].next_free = queue->free_place;
		queue->free_place = (unsigned)i;
	}
	return STATUS_OK;
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
	    cond_init(&queue->work) != 0 ||
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
	size_t i;

	if (old == NULL)
		return;
	for (i = 1; old->waiters != NULL && i <= old->capacity; i++)
		(void)pthread_cond_destroy(&old->waiters[i].told);
	(void)pthread_cond_destroy(&old->work);
	(void)pthread_mutex_destroy(&old->lock);
	free(old->told);
	free(old->waiters);
	free(old->slots);
	free(old);
	*queue = NULL;
}

static unsigned
waiter_take(struct queue *queue)
{
	unsigned place = queue->free_place;

	if (place != 0) {
		queue->free_place = queue->waiters[place].next_free;
		queue->waiters[place].state = WAITER_WAITING;
	}
	return place;
}

static void
waiter_give(struct queue *queue, unsigned place)
{
	queue->waiters[place].state = WAITER_FREE;
	queue->waiters[place].next_free = queue->free_place;
	queue->free_place = place;
}

/* Room for count more, and a place to wait if one is wanted? */
static bool
queue_has_room(const struct queue *queue, size_t count, bool waits)
{
	if (queue->stopped || (waits && queue->free_place == 0))
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
queue_announce(struct queue *queue)
{
	queue->announced++;
}

void
queue_withdraw(struct queue *queue)
{
	queue->announced--;
}

/* What there is need not wait for company. */
static bool
queue_is_ripe(const struct queue *queue)
{
	return queue->tail - queue->head >= queue->wanted || queue->stopped ||
	    (queue->waiting > 0 && queue->announced == 0);
}

enum status
queue_put(struct queue *queue, const struct ledger_record *records,
    size_t count, struct queue_ticket *ticket)
{
	enum status status = STATUS_OK;
	unsigned place = 0;
	bool wakes = false;

	if (ticket != NULL)
		ticket->place = 0;
	if (count == 0)
		return STATUS_OK;
	(void)pthread_mutex_lock(&queue->lock);
	queue->counts.submitted += count;
	if (count > QUEUE_UNIT_MAX)
		status = STATUS_LIMIT;
	else if (!queue_has_room(queue, count, ticket != NULL))
		status = STATUS_BUSY;
	if (status == STATUS_OK) {
		if (ticket != NULL) {
			place = waiter_take(queue);
			ticket->place = place;
		}
		wakes = queue->head == queue->tail;
		queue_fill(queue, records, count, place);
		wakes = wakes || queue_is_ripe(queue);
	} else
		queue->counts.refused += count;
	(void)pthread_mutex_unlock(&queue->lock);
	/* Woken with the lock held, the writer would only wait again. */
	if (wakes)
		(void)pthread_cond_signal(&queue->work);
	return status;
}

enum status
queue_wait(struct queue *queue, struct queue_ticket *ticket,
    unsigned timeout_ms)
{
	struct timespec until = after_ms(timeout_ms);
	struct waiter *waiter;
	enum status status;
	int error = 0;

	if (ticket->place == 0)
		return STATUS_OK;
	waiter = &queue->waiters[ticket->place];
	(void)pthread_mutex_lock(&queue->lock);
	while (waiter->state == WAITER_WAITING && error == 0)
		error = pthread_cond_timedwait(
		    &waiter->told, &queue->lock, &until);
	if (waiter->state == WAITER_TOLD) {
		status = waiter->status;
		waiter_give(queue, ticket->place);
	} else {
		waiter->state = WAITER_LEFT;
		queue->counts.timeouts++;
		status = STATUS_TIMEOUT;
	}
	(void)pthread_mutex_unlock(&queue->lock);
	ticket->place = 0;
	return status;
}

/* Wait until there is work, a stop, or the time is over. */
static void
queue_idle(struct queue *queue, unsigned idle_ms)
{
	struct timespec until = after_ms(idle_ms);
	int error = 0;

	while (queue->head == queue->tail && !queue->stopped && error == 0)
		error = pthread_cond_timedwait(
		    &queue->work, &queue->lock, &until);
}

/* More may come to share their commit. */
static void
queue_linger(struct queue *queue, unsigned linger_ms)
{
	struct timespec until = after_ms(linger_ms);
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

/* Returns whether somebody must be woken for it. */
static bool
waiter_tell(struct queue *queue, unsigned place, enum status status)
{
	struct waiter *waiter = &queue->waiters[place];

	if (waiter->state == WAITER_LEFT) {
		waiter_give(queue, place);
		return false;
	}
	waiter->state = WAITER_TOLD;
	waiter->status = status;
	return true;
}

/* Tell all who wait for what was taken; how many are to be woken. */
static size_t
waiters_tell(struct queue *queue, enum status status)
{
	size_t count = 0;
	unsigned place;
	size_t i;

	for (i = 0; i < queue->taken; i++) {
		place = slot_at(queue, queue->head + i)->place;
		if (place != 0 && waiter_tell(queue, place, status))
			queue->told[count++] = place;
	}
	return count;
}

void
queue_done(struct queue *queue, enum status status)
{
	size_t count;
	size_t i;

	(void)pthread_mutex_lock(&queue->lock);
	count = waiters_tell(queue, status);
	queue->head += queue->taken;
	if (status == STATUS_OK)
		queue->counts.committed += queue->taken;
	else
		queue->counts.failed += queue->taken;
	queue->taken = 0;
	(void)pthread_mutex_unlock(&queue->lock);
	/* A place that was given to another by now is woken for nothing. */
	for (i = 0; i < count; i++)
		(void)pthread_cond_signal(
		    &queue->waiters[queue->told[i]].told);
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
