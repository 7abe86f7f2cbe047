#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/ctl/figures.h"
#include "tests/unit/check.h"

static const char text[] = "# HELP hopseal_a A.\n"
			   "# TYPE hopseal_a counter\n"
			   "hopseal_a 12\n"
			   "other_b 3\n"
			   "hopseal_b{x=\"1\"} 4.5\n"
			   "hopseal_b{x=\"2\",y=\"two words\"} 6\n"
			   "hopseal_bad x\n"
			   "hopseal_none \n"
			   "hopseal_\n";

static void
finds_samples(void **state)
{
	static const struct {
		const char *sample;
		bool found;
		double want;
	} rows[] = {
	    {"a", true, 12}, {"b{x=\"1\"}", true, 4.5},
	    {"b{x=\"2\",y=\"two words\"}", true, 6}, {"b", false, 0},
	    {"bad", false, 0}, {"none", false, 0}, {"", false, 0},
	    {"other_b", false, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		double value = 0;

		check_number(rows[i].sample,
		    figures_find(slice_of(text), rows[i].sample, &value),
		    rows[i].found);
		if (rows[i].found)
			check_number(rows[i].sample, (long)(value * 10),
			    (long)(rows[i].want * 10));
	}
}

static void
finds_labels(void **state)
{
	static const struct {
		const char *name, *label, *want;
	} rows[] = {
	    {"b", "x", "1"}, {"b", "y", "two words"}, {"b", "z", ""},
	    {"a", "x", ""}, {"nothing", "x", ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		check_slice(rows[i].label,
		    figures_label(slice_of(text), rows[i].name,
			rows[i].label), rows[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(finds_samples),
	    check_unit_test(finds_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
