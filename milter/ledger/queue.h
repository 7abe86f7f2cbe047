/*
 * queue: the bounded way from many sessions to the one writer.
 *
 * A ring of entries of fixed size, made once. Records of one message are put
 * in as one unit, and the writer takes whole units. A session that wants to
 * know what became of its unit holds a ticket and waits for it.
 *
 * Always: submitted = committed + refused + failed + length.
 *
 * Threads: queue_put, queue_wait, queue_counts and queue_stop from any
 * thread; queue_take, queue_entry and queue_done from the writer alone.
 * Limits: the capacity it was made with; QUEUE_UNIT_MAX records per unit.
 */
#ifndef HOPSEAL_LEDGER_QUEUE_H
#define HOPSEAL_LEDGER_QUEUE_H

#include "milter/ledger/entry.h"
#include "policy/base/attributes.h"
#include "policy/base/status.h"

enum { QUEUE_UNIT_MAX = 1024, QUEUE_CAPACITY_MIN = 2 * QUEUE_UNIT_MAX };

struct queue;

struct queue_ticket {
	unsigned place; /* 0: nothing to wait for */
};

struct queue_counts {
	uint64_t submitted;
	uint64_t committed;
	uint64_t refused;
	uint64_t failed;
	uint64_t timeouts; /* waits that ended before the commit */
	uint64_t length;   /* waiting to be written now */
	uint64_t longest;  /* the most there ever were */
};

/* capacity is raised to QUEUE_CAPACITY_MIN. Gives *out. Fails: NOMEM. */
enum status queue_new(size_t capacity, struct queue **out) MUST_CHECK;
void queue_free(struct queue **queue);

/*
 * Put count records in as one unit. With a ticket, queue_wait must be called
 * for it exactly once. Fails, and counts the records as refused: BUSY (full,
 * or stopped), LIMIT (count above QUEUE_UNIT_MAX).
 */
enum status queue_put(struct queue *queue, const struct ledger_record *records,
    size_t count, struct queue_ticket *ticket) MUST_CHECK;

/*
 * Wait at most timeout_ms for the unit to be written. Fails: TIMEOUT (it may
 * still be written later), or the status given to queue_done.
 */
enum status queue_wait(struct queue *queue, struct queue_ticket *ticket,
    unsigned timeout_ms) MUST_CHECK;

/*
 * A unit with a ticket is on its way, and the writer may linger for it: the
 * commit that it will want costs least when it is shared. After one or two
 * seconds it lingers no more: a client that stops must not hold others up.
 * second is the present one, as deadline.h counts. Each queue_announce is
 * followed by one queue_withdraw of that second, before the unit is put in or
 * when it will not come.
 */
void queue_announce(struct queue *queue, unsigned second);
void queue_withdraw(struct queue *queue, unsigned second);

/*
 * The next whole units: at least one, and up to max records unless the first
 * unit alone is longer. Waits idle_ms for the first; then, while there are
 * fewer than max, up to linger_ms for more: when nobody waits for what there
 * is, or more was announced. Returns the number of records, 0 when none came.
 */
size_t queue_take(struct queue *queue, size_t max, unsigned idle_ms,
    unsigned linger_ms);

/* Entry i of those taken. Valid until queue_done. */
struct entry *queue_entry(struct queue *queue, size_t i);

/* All that was taken is written (OK) or lost; wakes who waits. */
void queue_done(struct queue *queue, enum status status);

/* From now on queue_put refuses, and queue_take does not wait. */
void queue_stop(struct queue *queue);
bool queue_is_stopped(struct queue *queue);

void queue_counts(struct queue *queue, struct queue_counts *out);

#endif
