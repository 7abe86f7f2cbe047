#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "milter/ctl/period.h"
#include "policy/base/attributes.h"

static void
test_days(void **state)
{
	static const struct {
		const char *text;
		int64_t want; /* -1: none */
	} rows[] = {
	    {"1970-01-01", 0}, {"1970-01-02", 1}, {"2000-02-29", 11016},
	    {"2026-01-03", 20456}, {"9999-12-31", 2932896},
	    {"2026-02-29", -1}, {"2026-02-30", -1}, {"2026-13-01", -1},
	    {"2026-00-01", -1}, {"2026-01-00", -1}, {"1969-12-31", -1},
	    {"2026-1-3", -1}, {"2026-01-03 ", -1}, {"2026/01/03", -1},
	    {"", -1}, {"d", -1}, {"x", -1}, {"-1d", -1}, {"30", -1},
	    {"0d", 20000}, {"30d", 19970}, {"99999d", 0},
	};
	char back[PERIOD_TEXT];
	int64_t got, day;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		got = -1;
		if (period_day(rows[i].text, 20000, &got) !=
			(rows[i].want >= 0) ||
		    got != rows[i].want)
			fail_msg("%s: got %lld, want %lld", rows[i].text,
			    (long long)got, (long long)rows[i].want);
	}
	for (day = 0; day < 200000; day += 13) {
		period_print(day, back);
		assert_true(period_day(back, 0, &got));
		assert_int_equal(got, day);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_days)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
