#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

#include "tests/unit/check.h"
#include "tests/unit/workspace.h"
#include "tests/unit/wirepair.h"

enum { STREAM = 1024 * 1024 };

static void
tell(const struct pair *pair, const char *text)
{
	size_t len = strlen(text);

	assert_int_equal(write(pair->mta, text, len), len);
}

/* What a read of that size gives. */
static void
hear(int fd, size_t size, const char *want)
{
	char got[64] = "";

	assert_true(size < sizeof(got));
	check_number(want, wire_read(fd, got, size),
	    (long)strlen(want));
	check_text("octets", got, want);
}

static void
reads_what_is_there_at_once(void **state)
{
	struct pair pair;

	(void)state;
	join(&pair);
	assert_int_equal(is_readable(pair.filter, 0), 0);
	tell(&pair, "one two three");
	assert_int_equal(is_readable(pair.filter, -1), 1);
	hear(pair.filter, 4, "one ");
	assert_int_equal(waiting_in(pair.filter), 0);
	assert_int_equal(is_readable(pair.filter, -1), 1);
	hear(pair.filter, 4, "two ");
	tell(&pair, " four");
	hear(pair.filter, 20, "three");
	assert_int_equal(is_readable(pair.filter, -1), 1);
	hear(pair.filter, 20, " four");
	assert_int_equal(is_readable(pair.filter, 0), 0);
	part(&pair);
}

static void
hears_the_end_after_the_last_octet(void **state)
{
	struct pair pair;

	(void)state;
	join(&pair);
	tell(&pair, "quit");
	assert_int_equal(shutdown(pair.mta, SHUT_WR), 0);
	assert_int_equal(is_readable(pair.filter, -1), 1);
	hear(pair.filter, 2, "qu");
	assert_int_equal(is_readable(pair.filter, -1), 1);
	hear(pair.filter, 9, "it");
	assert_int_equal(is_readable(pair.filter, -1), 1);
	hear(pair.filter, 9, "");
	part(&pair);
}

/* Descriptors are used again; octets must not be. */
static void
hands_nothing_to_the_next_connection(void **state)
{
	struct pair first, second;
	char octet;

	(void)state;
	join(&first);
	tell(&first, "MAIL of the first");
	assert_int_equal(is_readable(first.filter, -1), 1);
	hear(first.filter, 5, "MAIL ");
	part(&first);
	assert_int_equal(wire_read(first.filter, &octet, 1), -1);
	assert_int_equal(errno, EBADF);
	join(&second);
	assert_int_equal(second.filter, first.filter);
	assert_int_equal(is_readable(second.filter, 0), 0);
	tell(&second, "other");
	hear(second.filter, 20, "other");
	part(&second);
}

/* A poll that said ready counts until the next read, not after it. */
static void
forgets_that_it_was_ready(void **state)
{
	struct pair pair;

	(void)state;
	join(&pair);
	tell(&pair, "x");
	assert_int_equal(is_readable(pair.filter, -1), 1);
	assert_int_equal(is_readable(pair.filter, -1), 1);
	hear(pair.filter, 9, "x");
	assert_int_equal(is_readable(pair.filter, 0), 0);
	assert_int_equal(fcntl(pair.filter, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(wire_read(pair.filter, &pair, 1), -1);
	assert_int_equal(errno, EAGAIN);
	part(&pair);
}

/* It may have other ways to wait, which see the socket alone. */
static void
reads_no_further_for_one_who_does_not_poll(void **state)
{
	struct pair pair;

	(void)state;
	join(&pair);
	tell(&pair, "abc");
	hear(pair.filter, 1, "a");
	assert_int_equal(waiting_in(pair.filter), 2);
	assert_int_equal(is_readable(pair.filter, -1), 1);
	hear(pair.filter, 1, "b");
	assert_int_equal(waiting_in(pair.filter), 0);
	part(&pair);
}

static void
leaves_other_descriptors_alone(void **state)
{
	struct pollfd files[2];
	struct pair pair;
	int ends[2];

	(void)state;
	join(&pair);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "12", 2), 2);
	hear(ends[0], 1, "1");
	assert_int_equal(waiting_in(ends[0]), 1);
	tell(&pair, "ab");
	assert_int_equal(is_readable(pair.filter, -1), 1);
	hear(pair.filter, 1, "a");
	/* Asked about two, it says what the system says. */
	files[0] = (struct pollfd){.fd = ends[0], .events = POLLIN};
	files[1] = (struct pollfd){.fd = pair.filter, .events = POLLIN};
	assert_int_equal(wire_poll(files, 2, 0), 1);
	assert_int_equal(files[1].revents, 0);
	files[1].events = POLLOUT;
	assert_int_equal(wire_poll(files + 1, 1, 0), 1);
	assert_int_equal(files[1].revents, POLLOUT);
	(void)close(ends[0]);
	(void)close(ends[1]);
	part(&pair);
}

static unsigned char stream[STREAM], got[STREAM];

static void *
write_stream(void *context)
{
	const struct pair *pair = context;
	size_t at, len, step = 1;

	for (at = 0; at < STREAM; at += len) {
		step = step * 29 % 30011;
		len = step < STREAM - at ? step : STREAM - at;
		if (write(pair->mta, stream + at, len) != (ssize_t)len)
			return NULL;
	}
	return NULL;
}

/* Packets of all sizes, also those that are read past the buffer. */
static void
keeps_the_order_of_all_octets(void **state)
{
	struct pair pair;
	pthread_t thread;
	size_t at, size = 1;
	ssize_t len;

	(void)state;
	for (at = 0; at < STREAM; at++)
		stream[at] = (unsigned char)(at * 2654435761u >> 13);
	join(&pair);
	assert_int_equal(pthread_create(&thread, NULL, write_stream, &pair),
	    0);
	for (at = 0; at < STREAM; at += (size_t)len) {
		size = size % 3 == 0 ? 5 : size * 31 % (3 * WIRE_AHEAD);
		assert_int_equal(is_readable(pair.filter, -1), 1);
		len = wire_read(pair.filter, got + at,
		    size + 1 < STREAM - at ? size + 1 : STREAM - at);
		assert_true(len > 0);
	}
	(void)pthread_join(thread, NULL);
	assert_memory_equal(got, stream, STREAM);
	part(&pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_is_there_at_once),
	    cmocka_unit_test(hears_the_end_after_the_last_octet),
	    cmocka_unit_test(hands_nothing_to_the_next_connection),
	    cmocka_unit_test(forgets_that_it_was_ready),
	    cmocka_unit_test(reads_no_further_for_one_who_does_not_poll),
	    cmocka_unit_test(leaves_other_descriptors_alone),
	    cmocka_unit_test(keeps_the_order_of_all_octets),
	};

	return cmocka_run_group_tests(tests, workspace_enter,
	    workspace_leave);
}
