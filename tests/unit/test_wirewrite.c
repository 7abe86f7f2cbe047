#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "tests/unit/check.h"
#include "tests/unit/workspace.h"
#include "tests/unit/wirepair.h"

enum { STREAM = 1024 * 1024 };

static unsigned char stream[STREAM], got[STREAM];

/* Asks as libmilter does before each write, and writes a packet. */
static ssize_t
say(const struct pair *pair, char command, char *data, size_t len)
{
	struct pollfd file = {.fd = pair->filter, .events = POLLOUT};
	char head[5] = {0, (char)((len + 1) >> 16),
	    (char)((len + 1) >> 8), (char)(len + 1), command};
	struct iovec pieces[2] = {{head, sizeof(head)}, {data, len}};

	assert_int_equal(wire_poll(&file, 1, 20), 1);
	assert_int_equal(file.revents, POLLOUT);
	return wire_writev(pair->filter, pieces, len == 0 ? 1 : 2);
}

static void
sends_changes_with_their_answer(void **state)
{
	struct pair pair;
	char data[] = "X: y";

	(void)state;
	join(&pair);
	assert_int_equal(say(&pair, 'i', data, 4), 9);
	assert_int_equal(say(&pair, 'm', data, 4), 9);
	assert_int_equal(waiting_in(pair.mta), 0);
	assert_int_equal(say(&pair, 'a', NULL, 0), 5);
	assert_int_equal(waiting_in(pair.mta), 23);
	assert_int_equal(read(pair.mta, got, STREAM), 23);
	assert_memory_equal(got, "\0\0\0\5iX: y\0\0\0\5mX: y\0\0\0\1a",
	    23);
	part(&pair);
}

/* Whoever waited for the MTA meanwhile would wait for ever. */
static void
holds_nothing_while_it_waits(void **state)
{
	struct pair pair;
	char data[] = "X: y";

	(void)state;
	join(&pair);
	assert_int_equal(say(&pair, 'i', data, 4), 9);
	assert_int_equal(is_readable(pair.filter, 0), 0);
	assert_int_equal(waiting_in(pair.mta), 9);
	part(&pair);
}

static void
holds_no_more_than_it_can(void **state)
{
	struct pair pair;
	size_t len = WIRE_HELD - 5, sent = 0;

	(void)state;
	join(&pair);
	memset(stream, 'x', WIRE_HELD);
	for (; len > WIRE_HELD - 15; len -= 3) {
		assert_int_equal(say(&pair, 'i', (char *)stream, len),
		    len + 5);
		assert_int_equal(waiting_in(pair.mta), sent);
		assert_int_equal(say(&pair, 'i', (char *)stream, 5), 10);
		sent += len + 15;
		assert_int_equal(waiting_in(pair.mta), sent);
	}
	assert_int_equal(say(&pair, 'i', (char *)stream, len + 100),
	    len + 105);
	part(&pair);
}

/* An MTA that takes nothing; then one that takes it after all. */
static void
waits_for_room_as_long_as_asked(void **state)
{
	struct pair pair;
	size_t sent = 0, received = 0;
	ssize_t len;
	char data[] = "X: y";

	(void)state;
	join(&pair);
	memset(stream, 'x', STREAM);
	do {
		len = say(&pair, 'b', (char *)stream, 60000);
		sent += len > 0 ? (size_t)len : 0;
	} while (len > 0);
	assert_int_equal(errno, ETIMEDOUT);
	assert_int_equal(say(&pair, 'i', data, 4), 9);
	assert_int_equal(say(&pair, 'a', NULL, 0), -1);
	assert_int_equal(errno, ETIMEDOUT);
	while (received < sent)
		received += (size_t)read(pair.mta, got, STREAM);
	assert_int_equal(say(&pair, 'a', NULL, 0), 5);
	(void)shutdown(pair.filter, SHUT_WR);
	assert_int_equal(received, sent);
	assert_int_equal(read(pair.mta, got, STREAM), 14);
	assert_memory_equal(got, "\0\0\0\5iX: y\0\0\0\1a", 14);
	part(&pair);
}

static void
tells_that_the_mta_is_gone(void **state)
{
	struct pair pair;

	(void)state;
	join(&pair);
	assert_int_equal(close(pair.mta), 0);
	assert_int_equal(say(&pair, 'a', NULL, 0), -1);
	assert_int_equal(errno, EPIPE);
	part(&pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sends_changes_with_their_answer),
	    cmocka_unit_test(holds_nothing_while_it_waits),
	    cmocka_unit_test(holds_no_more_than_it_can),
	    cmocka_unit_test(waits_for_room_as_long_as_asked),
	    cmocka_unit_test(tells_that_the_mta_is_gone),
	};

	return cmocka_run_group_tests(tests, workspace_enter,
	    workspace_leave);
}
