#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check.h"
#include "milter/ctl/escape.h"

static void
test_put(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		size_t columns;
		const char *want;
	} rows[] = {
	    {"plain", "mx.example", 20, "mx.example"},
	    {"empty", "", 20, ""},
	    {"blanks", "  a \t b\r\n\tc  ", 20, "a b c"},
	    {"control", "a\x1b[31mb\x7f", 20, "a\\x1B[31mb\\x7F"},
	    {"backslash", "\\x41", 20, "\\x5Cx41"},
	    {"UTF-8", "b\xc3\xbc", 20, "b\\xC3\\xBC"},
	    {"right-to-left override", "a\xe2\x80\xae" "b", 20,
		"a\\xE2\\x80\\xAEb"},
	    {"just fits", "abcdef", 6, "abcdef"},
	    {"cut", "abcdefg", 6, "abc..."},
	    {"not within an escape", "ab\x01\x01", 9, "ab\\x01..."},
	    {"nor one column short", "abc\x01\x01", 9, "abc..."},
	    {"escapes fit", "\x01\x01", 8, "\\x01\\x01"},
	    {"blanks at the end do not count", "abcdef   ", 6, "abcdef"},
	};
	char storage[64];
	struct buf out;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		buf_init_fixed(&out, storage, sizeof(storage));
		escape_put(&out, slice_of(rows[i].text), rows[i].columns);
		check_text(rows[i].name, buf_text(&out), rows[i].want);
	}
}

static void
test_nul(void **state)
{
	char storage[64];
	struct buf out;

	(void)state;
	buf_init_fixed(&out, storage, sizeof(storage));
	escape_put(&out, slice_make("a\0b", 3), 20);
	check_text("NUL", buf_text(&out), "a\\x00b");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_put, check_rows),
	    cmocka_unit_test_teardown(test_nul, check_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
