#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "milter/maillog/logline.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

/* 2026-11-24T04:25:10Z */
#define MOMENT INT64_C(1795494310000)
#define DAY    INT64_C(86400000)

static void
reads_stamps(void **state)
{
	static const struct {
		const char *in;
		int64_t want; /* -1: none */
	} rows[] = {
	    {"Nov 24 04:25:10 h", MOMENT},
	    {"Nov 24 04:25:10.5 h", MOMENT + 500},
	    {"Nov 24 04:25:10.123456 h", MOMENT + 123},
	    {"Nov  4 04:25:10 h", MOMENT - 20 * DAY},
	    {"Nov 04 04:25:10 h", MOMENT - 20 * DAY},
	    {"Nov 25 04:25:10 h", MOMENT + DAY},
	    {"Nov 26 04:25:10 h", MOMENT - 363 * DAY},
	    {"Dec 24 04:25:10 h", MOMENT - 335 * DAY},
	    {"<22>Nov 24 04:25:10 h", MOMENT},
	    {"2026-11-24T04:25:10Z h", MOMENT},
	    {"2026-11-24T04:25:10.123456+00:00 h", MOMENT + 123},
	    {"2026-11-24T05:25:10+01:00 h", MOMENT},
	    {"2026-11-23T23:25:10-0500 h", MOMENT},
	    {"2026-11-24 04:25:10 h", MOMENT},
	    {"Tue 2026-11-24 04:25:10 UTC h", MOMENT},
	    {"1795494310.250000 h", MOMENT + 250},
	    {"2024-02-29T00:00:00Z h", INT64_C(1709164800000)},
	    {"", -1},
	    {"Nov", -1},
	    {"Nov 24", -1},
	    {"Nov 24 04:25:10", -1},
	    {"Nov 24 04:25 h", -1},
	    {"Nov 32 04:25:10 h", -1},
	    {"Nov 24 24:25:10 h", -1},
	    {"Nov  0 04:25:10 h", -1},
	    {"nov 24 04:25:10 h", -1},
	    {"2026-13-24T04:25:10Z h", -1},
	    {"2026-11-24T04:25:10+1 h", -1},
	    {"1795494310 h", -1},
	    {"<22 Nov 24 04:25:10 h", -1},
	};
	struct logclock clock;
	struct slice line;
	int64_t got;
	size_t i;

	(void)state;
	logclock_init(&clock, MOMENT);
	for (i = 0; i < LENGTH(rows); i++) {
		line = slice_of(rows[i].in);
		got = -1;
		if (logclock_read(&clock, &line, &got))
			check_slice(rows[i].in, line, "h");
		else
			check_slice(rows[i].in, line, rows[i].in);
		check_number(rows[i].in, (long)got, (long)rows[i].want);
	}
}

static void
local_zone(void **state)
{
	struct logclock clock;
	struct slice line = slice_of("Nov 24 05:25:10 h");
	int64_t got = 0;

	(void)state;
	(void)setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	logclock_init(&clock, MOMENT);
	assert_true(logclock_read(&clock, &line, &got));
	check_number("winter", (long)got, (long)MOMENT);
	line = slice_of("Jul 24 06:25:10 h");
	assert_true(logclock_read(&clock, &line, &got));
	check_number("summer", (long)got, (long)(MOMENT - 123 * DAY));
	(void)setenv("TZ", "UTC", 1);
	tzset();
}

static void
reads_lines(void **state)
{
	static const struct {
		const char *in;
		bool want;
		const char *program, *pid, *text;
	} rows[] = {
	    {"Nov 24 04:25:10 mx postfix/smtp[169]: hello: x", true,
		"postfix/smtp", "169", "hello: x"},
	    {"Nov 24 04:25:10 mx sm-mta[1]: ", true, "sm-mta", "1", ""},
	    {"Nov 24 04:25:10 mx kernel: oops", true, "kernel", "", "oops"},
	    {"Nov 24 04:25:10 mx postfix/smtp[169] hello", false, "", "", ""},
	    {"Nov 24 04:25:10 mx", false, "", "", ""},
	    {"Nov 24 04:25:10 mx x:", false, "", "", ""},
	    {"Nov 24 04:25:10 mx : x", false, "", "", ""},
	    {"-- Reboot --", false, "", "", ""},
	};
	struct logclock clock;
	struct logline line;
	size_t i;

	(void)state;
	logclock_init(&clock, MOMENT);
	for (i = 0; i < LENGTH(rows); i++) {
		bool got = logline_read(&clock, slice_of(rows[i].in), &line);

		check_number(rows[i].in, got, rows[i].want);
		if (!got || !rows[i].want)
			continue;
		check_slice(rows[i].in, line.program, rows[i].program);
		check_slice(rows[i].in, line.pid, rows[i].pid);
		check_slice(rows[i].in, line.text, rows[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(reads_stamps),
	    check_unit_test(local_zone),
	    check_unit_test(reads_lines),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
