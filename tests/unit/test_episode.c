#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "milter/system/episode.h"
#include "tests/unit/check.h"

enum { SECOND = 1000 * 1000 };

static void
test_levels(void **state)
{
	/* want: how loud a fault is; works: no fault, it worked. */
	static const struct {
		const char *row;
		int second;
		bool works;
		enum log_level want;
		int count; /* of faults, afterwards */
	} rows[] = {
	    {"works, nothing is over", 1, true, LOG_LEVEL_INFO, 0},
	    {"the first", 2, false, LOG_LEVEL_ERROR, 1},
	    {"at once again", 2, false, LOG_LEVEL_INFO, 2},
	    {"works in between", 3, true, LOG_LEVEL_INFO, 2},
	    {"is not over yet", 4, false, LOG_LEVEL_INFO, 3},
	    {"works, too early", 13, true, LOG_LEVEL_INFO, 3},
	    {"works, it is over", 14, true, LOG_LEVEL_INFO, 0},
	    {"the next episode", 15, false, LOG_LEVEL_ERROR, 1},
	    {"goes on", 24, false, LOG_LEVEL_INFO, 2},
	    {"after silence", 34, false, LOG_LEVEL_ERROR, 3},
	};
	struct episode episode = {0, 0};
	struct log *log;
	size_t i;

	(void)state;
	assert_int_equal(log_open(LOG_SINK_STDERR, LOG_LEVEL_ERROR, &log),
	    STATUS_OK);
	for (i = 0; i < LENGTH(rows); i++) {
		int64_t now_us = (int64_t)rows[i].second * SECOND;

		if (rows[i].works)
			episode_over(&episode, log, now_us, "it works");
		else
			check_number(rows[i].row,
			    episode_level(&episode, now_us), rows[i].want);
		check_number(rows[i].row, (long)episode.count, rows[i].count);
	}
	log_close(&log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {check_unit_test(test_levels)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
