#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/ledger/deadline.h"
#include "milter/ledger/queue.h"

static struct ledger_record records[QUEUE_UNIT_MAX];

static struct queue *
fresh(void)
{
	struct queue *queue = NULL;

	assert_int_equal(queue_new(1, &queue), STATUS_OK);
	return queue;
}

static void
check_counts(struct queue *queue, uint64_t committed, uint64_t refused,
    uint64_t failed, uint64_t length)
{
	struct queue_counts counts;

	queue_counts(queue, &counts);
	assert_int_equal(counts.committed, committed);
	assert_int_equal(counts.refused, refused);
	assert_int_equal(counts.failed, failed);
	assert_int_equal(counts.length, length);
	assert_int_equal(
	    counts.submitted, committed + refused + failed + length);
}

static void
test_whole_units(void **state)
{
	struct queue *queue = fresh();

	(void)state;
	assert_int_equal(queue_put(queue, records, 3, NULL), STATUS_OK);
	assert_int_equal(queue_put(queue, records, 3, NULL), STATUS_OK);
	assert_int_equal(queue_put(queue, records, 5, NULL), STATUS_OK);
	assert_int_equal(queue_take(queue, 8, 0, 0), 6);
	assert_int_equal(queue_entry(queue, 2)->part, 2);
	assert_int_equal(queue_entry(queue, 3)->part, 0);
	check_counts(queue, 0, 0, 0, 11);
	queue_done(queue, STATUS_OK);
	assert_int_equal(queue_take(queue, 2, 0, 0), 5); /* one unit, whole */
	queue_done(queue, STATUS_IO);
	check_counts(queue, 6, 0, 5, 0);
	assert_int_equal(queue_take(queue, 8, 0, 0), 0);
	queue_free(&queue);
}

static void
test_bounds(void **state)
{
	struct queue *queue = fresh();
	struct queue_ticket ticket;

	(void)state;
	assert_int_equal(
	    queue_put(queue, records, QUEUE_UNIT_MAX + 1, &ticket),
	    STATUS_LIMIT);
	assert_int_equal(queue_put(queue, records, 0, &ticket), STATUS_OK);
	assert_int_equal(queue_wait(queue, &ticket, 0), STATUS_OK);
	assert_int_equal(
	    queue_put(queue, records, QUEUE_UNIT_MAX, NULL), STATUS_OK);
	assert_int_equal(
	    queue_put(queue, records, QUEUE_UNIT_MAX, NULL), STATUS_OK);
	assert_int_equal(queue_put(queue, records, 1, &ticket), STATUS_BUSY);
	check_counts(
	    queue, 0, QUEUE_UNIT_MAX + 2, 0, 2 * QUEUE_UNIT_MAX);
	queue_stop(queue);
	assert_int_equal(
	    queue_take(queue, 200, 10000, 10000), QUEUE_UNIT_MAX);
	queue_done(queue, STATUS_OK);
	assert_int_equal(queue_put(queue, records, 1, NULL), STATUS_BUSY);
	queue_free(&queue);
}

static void
test_tickets(void **state)
{
	struct queue *queue = fresh();
	struct queue_ticket good, bad, late;

	(void)state;
	assert_int_equal(queue_put(queue, records, 1, &good), STATUS_OK);
	assert_int_equal(queue_take(queue, 1, 0, 10000), 1);
	queue_done(queue, STATUS_OK);
	assert_int_equal(queue_put(queue, records, 1, &bad), STATUS_OK);
	assert_int_equal(queue_take(queue, 1, 0, 0), 1);
	queue_done(queue, STATUS_IO);
	assert_int_equal(queue_wait(queue, &bad, 0), STATUS_IO);
	assert_int_equal(queue_wait(queue, &good, 0), STATUS_OK);
	assert_int_equal(queue_put(queue, records, 1, &late), STATUS_OK);
	assert_int_equal(queue_wait(queue, &late, 1), STATUS_TIMEOUT);
	assert_int_equal(queue_take(queue, 1, 0, 0), 1);
	queue_done(queue, STATUS_OK);
	check_counts(queue, 2, 0, 1, 0);
	queue_free(&queue);
}

/* Places to wait at are as many as records; none is lost. */
static void
test_places_come_back(void **state)
{
	struct queue *queue = fresh();
	struct queue_ticket ticket;
	int i;

	(void)state;
	for (i = 0; i < 3 * QUEUE_CAPACITY_MIN; i++) {
		assert_int_equal(
		    queue_put(queue, records, 1, &ticket), STATUS_OK);
		if (i % 2 == 0)
			assert_int_equal(
			    queue_wait(queue, &ticket, 0), STATUS_TIMEOUT);
		assert_int_equal(queue_take(queue, 1, 0, 0), 1);
		queue_done(queue, STATUS_OK);
		if (i % 2 != 0)
			assert_int_equal(
			    queue_wait(queue, &ticket, 0), STATUS_OK);
	}
	queue_free(&queue);
}

static void *
come_as_announced(void *context)
{
	struct queue *queue = context;

	return queue_put(queue, records, 2, NULL) == STATUS_OK ? queue : NULL;
}

/* What is announced shares the transaction of what already waits. */
static void
test_announced(void **state)
{
	struct queue *queue = fresh();
	struct queue_ticket ticket;
	unsigned second = deadline_second();
	pthread_t thread;
	void *came;

	(void)state;
	queue_announce(queue, second);
	assert_int_equal(queue_put(queue, records, 1, &ticket), STATUS_OK);
	assert_int_equal(pthread_create(&thread, NULL, come_as_announced,
	    queue), 0);
	assert_int_equal(queue_take(queue, 3, 0, 60000), 3);
	queue_done(queue, STATUS_OK);
	assert_int_equal(queue_wait(queue, &ticket, 0), STATUS_OK);
	assert_int_equal(pthread_join(thread, &came), 0);
	assert_ptr_equal(came, queue);
	queue_withdraw(queue, second);
	queue_free(&queue);
}

/* A message that never comes holds the others up for a moment alone. */
static void
test_announced_in_vain(void **state)
{
	struct queue *queue = fresh();
	struct queue_ticket ticket;
	unsigned second = deadline_second();

	(void)state;
	queue_announce(queue, second);
	assert_int_equal(queue_put(queue, records, 1, &ticket), STATUS_OK);
	assert_int_equal(queue_take(queue, 8, 0, 1), 1);
	queue_done(queue, STATUS_OK);
	assert_int_equal(queue_wait(queue, &ticket, 0), STATUS_OK);
	queue_withdraw(queue, second);
	assert_int_equal(queue_put(queue, records, 1, &ticket), STATUS_OK);
	assert_int_equal(queue_take(queue, 8, 0, 60000), 1);
	queue_done(queue, STATUS_OK);
	queue_free(&queue);
}

/* Nor does one that stopped, once it has not come for a while. */
static void
test_announced_long_ago(void **state)
{
	struct queue *queue = fresh();
	struct queue_ticket ticket;
	unsigned second = deadline_second() - 2;

	(void)state;
	queue_announce(queue, second);
	assert_int_equal(queue_put(queue, records, 1, &ticket), STATUS_OK);
	assert_int_equal(queue_take(queue, 8, 0, 60000), 1);
	queue_done(queue, STATUS_OK);
	assert_int_equal(queue_wait(queue, &ticket, 0), STATUS_OK);
	queue_withdraw(queue, second);
	queue_free(&queue);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole_units),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_tickets),
	    cmocka_unit_test(test_places_come_back),
	    cmocka_unit_test(test_announced),
	    cmocka_unit_test(test_announced_in_vain),
	    cmocka_unit_test(test_announced_long_ago),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
