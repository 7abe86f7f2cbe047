#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/base/buf.h"
#include "tests/unit/check.h"

static void
collects_text(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100);
	check_text("nothing yet", buf_text(&buf), "");
	buf_put(&buf, NULL, 0);
	buf_puts(&buf, "ab");
	buf_putc(&buf, 'c');
	buf_put_slice(&buf, slice_make("defg", 2));
	buf_printf(&buf, "%d%s", 12, "x");
	buf_put(&buf, "y\0z", 3);
	check_number("status", buf_status(&buf), STATUS_OK);
	check_number("length", (long)buf.len, 11);
	check_text("text", buf_text(&buf), "abcde12xy");
	check_number("slice", (long)buf_slice(&buf).len, 11);
	buf_clear(&buf);
	check_text("cleared", buf_text(&buf), "");
	buf_puts(&buf, "again");
	check_text("again", buf_text(&buf), "again");
	buf_clear(&buf);
}

static void
stops_at_its_ceiling(void **state)
{
	struct buf buf;
	size_t i;

	(void)state;
	buf_init(&buf, 1000);
	for (i = 0; i < 1000; i++)
		buf_putc(&buf, 'x');
	check_number("full", buf_status(&buf), STATUS_OK);
	buf_putc(&buf, 'y');
	check_number("over", buf_status(&buf), STATUS_LIMIT);
	check_number("kept", (long)strlen(buf_text(&buf)), 1000);
	buf_reset(&buf);
	buf_puts(&buf, "z");
	check_number("reset", buf_status(&buf), STATUS_OK);
	check_text("reset", buf_text(&buf), "z");
	buf_clear(&buf);
}

static void
stays_failed(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 4);
	buf_puts(&buf, "abc");
	buf_printf(&buf, "%s", "de");
	buf_puts(&buf, "f");
	check_number("status", buf_status(&buf), STATUS_LIMIT);
	check_text("text", buf_text(&buf), "abc");
	buf_clear(&buf);
	check_number("cleared", buf_status(&buf), STATUS_OK);
	buf_put(&buf, "", (size_t)-1);
	check_number("huge", buf_status(&buf), STATUS_LIMIT);
	buf_clear(&buf);
}

static void
borrows_storage(void **state)
{
	char storage[6] = "junk", one[1];
	struct buf buf;

	(void)state;
	buf_init_fixed(&buf, storage, sizeof(storage));
	check_text("empty", storage, "");
	buf_puts(&buf, "abc");
	buf_printf(&buf, "%s", "de");
	check_number("full", buf_status(&buf), STATUS_OK);
	check_text("full", storage, "abcde");
	assert_ptr_equal(buf_text(&buf), storage);
	buf_putc(&buf, 'f');
	check_number("over", buf_status(&buf), STATUS_LIMIT);
	check_text("over", storage, "abcde");
	buf_clear(&buf);
	check_text("cleared", storage, "");
	buf_init_fixed(&buf, one, sizeof(one));
	buf_puts(&buf, "");
	check_number("no room", buf_status(&buf), STATUS_OK);
	buf_putc(&buf, 'x');
	check_number("no room", buf_status(&buf), STATUS_LIMIT);
}

static void
grows_in_any_steps(void **state)
{
	static const size_t steps[] = {1, 255, 256, 257, 511, 512, 5000};
	static const char piece[5000];
	struct buf buf;
	size_t i, k;

	(void)state;
	for (i = 0; i < LENGTH(steps); i++) {
		buf_init(&buf, 100000);
		for (k = 0; k < 10; k++)
			buf_put(&buf, piece, steps[i]);
		check_number("status", buf_status(&buf), STATUS_OK);
		check_number("len", (long)buf.len, (long)(10 * steps[i]));
		buf_clear(&buf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(collects_text),
	    check_unit_test(stops_at_its_ceiling),
	    check_unit_test(stays_failed),
	    check_unit_test(borrows_storage),
	    check_unit_test(grows_in_any_steps),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
