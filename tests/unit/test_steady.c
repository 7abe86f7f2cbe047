#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "milter/ledger/steady.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

static void
test_jumps(void **state)
{
	/* In minutes; the wall clock as it is then shown. */
	static const struct {
		const char *row;
		int monotonic;
		int wall;
		enum steady_state want;
	} rows[] = {
	    {"the start is believed", 0, 900000, STEADY_YES},
	    {"goes on", 1, 900001, STEADY_YES},
	    {"slewed", 2, 900060, STEADY_YES},
	    {"slewed further", 3, 900120, STEADY_YES},
	    {"ten years ahead", 4, 6156000, STEADY_JUMPED},
	    {"still there", 5, 6156001, STEADY_WAITS},
	    {"back", 6, 900123, STEADY_JUMPED},
	    {"a day is not over", 1445, 901562, STEADY_WAITS},
	    {"a day is over", 1446, 901563, STEADY_YES},
	    {"goes on again", 1447, 901564, STEADY_YES},
	    {"two hours back", 1448, 901445, STEADY_JUMPED},
	    {"and then on", 1449, 901446, STEADY_WAITS},
	};
	struct steady steady = {false, false, 0, 0};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		check_number(rows[i].row,
		    steady_look(&steady, (int64_t)rows[i].wall * 60000,
			(int64_t)rows[i].monotonic * 60000),
		    rows[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {check_unit_test(test_jumps)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
