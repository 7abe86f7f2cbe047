#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/lookup/netstring.h"
#include "tests/unit/check.h"

static void
reads(void **state)
{
	static const struct {
		const char *name, *in;
		enum status want;
		const char *content;
		long used;
	} rows[] = {
	    {"empty", "0:,", STATUS_OK, "", 3},
	    {"one", "1:a,", STATUS_OK, "a", 4},
	    {"more behind", "1:a,2:bc,", STATUS_OK, "a", 4},
	    {"comma inside", "3:a,b,", STATUS_OK, "a,b", 6},
	    {"nothing", "", STATUS_BUSY, "", 0},
	    {"digits", "12", STATUS_BUSY, "", 0},
	    {"no content", "3:", STATUS_BUSY, "", 0},
	    {"half", "3:ab", STATUS_BUSY, "", 0},
	    {"no comma yet", "3:abc", STATUS_BUSY, "", 0},
	    {"other end", "3:abc;", STATUS_SYNTAX, "", 0},
	    {"zero first", "03:abc,", STATUS_SYNTAX, "", 0},
	    {"sign", "-1:,", STATUS_SYNTAX, "", 0},
	    {"blank", " 1:a,", STATUS_SYNTAX, "", 0},
	    {"no number", ":a,", STATUS_SYNTAX, "", 0},
	    {"words", "GET /", STATUS_SYNTAX, "", 0},
	    {"largest", "10000:", STATUS_BUSY, "", 0},
	    {"too large", "10001:", STATUS_LIMIT, "", 0},
	    {"six digits", "999999:", STATUS_LIMIT, "", 0},
	    {"seven digits", "1000000", STATUS_LIMIT, "", 0},
	};
	struct slice content;
	size_t i, used;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		content = slice_make(NULL, 0);
		used = 0;
		check_number(rows[i].name,
		    netstring_read(slice_of(rows[i].in), &content, &used),
		    rows[i].want);
		check_slice(rows[i].name, content, rows[i].content);
		check_number(rows[i].name, (long)used, rows[i].used);
	}
}

static void
writes(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	netstring_put(slice_of("OK x"), &out);
	netstring_put(slice_of(""), &out);
	check_slice("two", buf_slice(&out), "4:OK x,0:,");
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(reads),
	    check_unit_test(writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
