#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "milter/ledger/memory.h"

#define NOON INT64_C(1767441600000)
#define DAY  INT64_C(86400000)

enum { ENTRIES = 8 };

static struct ipaddr
address(const char *text)
{
	struct ipaddr addr;

	assert_true(ipaddr_parse(slice_of(text), &addr));
	return addr;
}

static struct history
ask(struct memory *memory, const char *domain, int64_t now)
{
	struct ipaddr client = address("192.0.2.5");
	struct history history;

	assert_int_equal(memory_ask(memory, slice_of(domain), &client, now,
	    &history), STATUS_OK);
	return history;
}

static void
met(struct memory *memory, const char *domain, int64_t now, bool has_rule)
{
	struct ipaddr client = address("192.0.2.1");

	memory_met(memory, slice_of(domain), &client, now, has_rule);
}

static void
plain(struct memory *memory, const char *domain, int64_t now)
{
	struct ipaddr client = address("192.0.2.2");

	memory_plain(memory, slice_of(domain), &client, now);
}

static struct memory *
fresh(void)
{
	struct memory *memory = NULL;

	assert_int_equal(memory_new(ENTRIES, &memory), STATUS_OK);
	return memory;
}

static void
test_episode(void **state)
{
	struct memory *memory = fresh();
	struct history got;

	(void)state;
	plain(memory, "bank.example", NOON);
	got = ask(memory, "bank.example", NOON);
	assert_false(got.met_before);
	assert_false(got.plain_before);
	met(memory, "bank.example", NOON, false);
	plain(memory, "bank.example", NOON + 10000);
	plain(memory, "bank.example", NOON + 50000);
	got = ask(memory, "bank.example", NOON + 60000);
	assert_int_equal(got.met_age, 60);
	assert_int_equal(got.plain_age, 50); /* since the first attempt */
	met(memory, "bank.example", NOON + 70000, false);
	got = ask(memory, "bank.example", NOON + 70000);
	assert_false(got.plain_before);
	memory_free(&memory);
}

static void
test_strangers_push_out_strangers(void **state)
{
	struct memory *memory = fresh();
	char name[32];
	int i;

	(void)state;
	met(memory, "rule.example", NOON, true);
	met(memory, "old.example", NOON, false);
	met(memory, "old.example", NOON + DAY, false);
	met(memory, "once.example", NOON, false);
	for (i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "x%d.invalid", i);
		met(memory, name, NOON + 2 * DAY, false);
	}
	assert_true(ask(memory, "rule.example", NOON).met_before);
	assert_true(ask(memory, "old.example", NOON).met_before);
	assert_false(ask(memory, "once.example", NOON).met_before);
	assert_true(ask(memory, "x999.invalid", NOON).met_before);
	assert_int_equal(memory_count(memory), ENTRIES);
	memory_free(&memory);
}

/* With more rules than half the room, the oldest of them give way. */
static void
test_too_many_kept(void **state)
{
	struct memory *memory = fresh();
	char name[32];
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "r%d.example", i);
		met(memory, name, NOON + i, true);
	}
	assert_true(ask(memory, "r99.example", NOON + DAY).met_before);
	assert_true(ask(memory, "r96.example", NOON + DAY).met_before);
	assert_false(ask(memory, "r0.example", NOON + DAY).met_before);
	assert_int_equal(memory_count(memory), ENTRIES);
	memory_free(&memory);
}

/* What is taken and loaded again is the same memory. */
static void
test_stored(void **state)
{
	struct memory *memory = fresh();
	struct memory *back = fresh();
	struct memory_row rows[ENTRIES + 1];
	char name[32];
	size_t count, i;

	(void)state;
	for (i = 0; i < 20; i++) {
		(void)snprintf(name, sizeof(name), "d%zu.example", i);
		met(memory, name, NOON + (int64_t)i, i == 19);
	}
	plain(memory, "d19.example", NOON + 5000);
	count = memory_take_changed(memory, rows, 3);
	assert_int_equal(count, 3);
	memory_put_back(memory, rows, count);
	count = memory_take_changed(memory, rows, LENGTH(rows));
	assert_int_equal(count, ENTRIES);
	assert_int_equal(memory_take_changed(memory, rows, 1), 0);
	for (i = 0; i < count; i++)
		memory_load(back, &rows[i]);
	memory_load(back, &rows[0]); /* twice is once */
	rows[0].slot = ENTRIES;
	memory_load(back, &rows[0]); /* beyond the ceiling */
	assert_int_equal(memory_count(back), ENTRIES);
	assert_true(ask(back, "d12.example", NOON + DAY).met_before);
	assert_false(ask(back, "d11.example", NOON + DAY).met_before);
	assert_int_equal(
	    ask(back, "d19.example", NOON + 65000).plain_age, 60);
	assert_int_equal(memory_take_changed(back, rows, 1), 0);
	met(back, "new.example", NOON + DAY, false);
	assert_int_equal(memory_count(back), ENTRIES);
	memory_free(&memory);
	memory_free(&back);
}

static void
test_clock(void **state)
{
	struct memory *memory = fresh();
	struct history got;

	(void)state;
	met(memory, "bank.example", NOON + 1000 * DAY, false);
	plain(memory, "bank.example", NOON + 1001 * DAY);
	got = ask(memory, "bank.example", NOON);
	assert_int_equal(got.met_age, 0);
	assert_int_equal(got.plain_age, 0);
	got = ask(memory, "bank.example", NOON + 30000);
	assert_int_equal(got.plain_age, 30);
	got = ask(memory, "bank.example", INT64_MAX);
	assert_int_equal(got.met_age, UINT32_MAX);
	memory_free(&memory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_episode),
	    cmocka_unit_test(test_strangers_push_out_strangers),
	    cmocka_unit_test(test_too_many_kept),
	    cmocka_unit_test(test_stored),
	    cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
