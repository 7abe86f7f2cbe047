/* A ledger is opened while another process writes to it, as import does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "tests/unit/ledgerfile.h"

enum { OPENED = 600 };

struct other {
	struct ledger *ledger;
	atomic_bool stopped;
	atomic_uint written;
};

static void *
write_on(void *context)
{
	struct other *other = context;
	struct ledger_record record = ledgerfile_record();
	struct ledger_ticket ticket;

	while (!other->stopped) {
		record.time += 1000;
		if (ledger_submit(other->ledger, &record, 1, &ticket) ==
			STATUS_OK &&
		    ledger_wait(other->ledger, &ticket, 10000) == STATUS_OK)
			other->written++;
	}
	return NULL;
}

/* It is of one moment, whatever comes while it is read. */
static void
test_opened_beside_a_writer(void **state)
{
	struct ledgerfile file;
	struct ledger_options options;
	struct other other = {.ledger = NULL};
	struct ledger *ledger = NULL;
	struct fault fault = {0};
	pthread_t writer;
	unsigned i;

	(void)state;
	ledgerfile_init(&file);
	options = ledgerfile_options(&file);
	other.ledger = ledgerfile_open(&options);
	assert_int_equal(
	    pthread_create(&writer, NULL, write_on, &other), 0);
	for (i = 0; i < OPENED; i++) {
		if (ledger_open(&options, &ledger, &fault) != STATUS_OK)
			break;
		ledger_free(&ledger);
	}
	other.stopped = true;
	(void)pthread_join(writer, NULL);
	ledger_free(&other.ledger);
	ledgerfile_clear(&file);
	if (i < OPENED)
		fail_msg("opened %u times, then: %s", i, fault.text);
	assert_true(other.written > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_opened_beside_a_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
