/*
 * check: comparisons that print the row, what was got and what was wanted.
 *
 * A row that fails is printed and counted, the rows behind it still run, and
 * the test fails at its end: so tests are listed with check_unit_test().
 * Include it after cmocka.h in a test_<module>.c.
 */
#ifndef HOPSEAL_TESTS_UNIT_CHECK_H
#define HOPSEAL_TESTS_UNIT_CHECK_H

#include <string.h>

#include "policy/base/slice.h"

#define check_unit_test(f) cmocka_unit_test_teardown(f, check_rows)

static int check_failures;

/* The teardown of every test: fails when a row did. */
static inline int
check_rows(void **state)
{
	int failures = check_failures;

	(void)state;
	check_failures = 0;
	return failures == 0 ? 0 : -1;
}

static inline void
check_slice(const char *row, struct slice got, const char *want)
{
	if (slice_is(got, want))
		return;
	check_failures++;
	print_error("%s: got \"%.*s\", want \"%s\"\n", row, (int)got.len,
	    got.len > 0 ? got.at : "", want);
}

static inline void
check_text(const char *row, const char *got, const char *want)
{
	check_slice(row, slice_of(got), want);
}

/* Numbers, booleans and enumerators alike. */
static inline void
check_number(const char *row, long got, long want)
{
	if (got == want)
		return;
	check_failures++;
	print_error("%s: got %ld, want %ld\n", row, got, want);
}

#endif
