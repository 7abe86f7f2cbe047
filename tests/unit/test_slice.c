#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/base/attributes.h"
#include "tests/unit/check.h"

static void
makes_slices(void **state)
{
	(void)state;
	check_number("NULL", (long)slice_of(NULL).len, 0);
	check_number("empty", (long)slice_of("").len, 0);
	check_slice("text", slice_of("abc"), "abc");
	check_slice("part", slice_make("abc", 2), "ab");
}

static void
compares(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal, nocase, begins, holds;
	} rows[] = {
	    {"", "", true, true, true, true},
	    {"a", "", false, false, true, true},
	    {"", "a", false, false, false, false},
	    {"ab", "ab", true, true, true, true},
	    {"ab", "AB", false, true, true, false},
	    {"abc", "aB", false, false, true, false},
	    {"xab", "ab", false, false, false, true},
	    {"aab", "ab", false, false, false, true},
	    {"a", "ab", false, false, false, false},
	    {"[", "{", false, false, false, false},
	    {"@", "`", false, false, false, false},
	    {"\xc4", "\xe4", false, false, false, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct slice a = slice_of(rows[i].a), b = slice_of(rows[i].b);

		check_number(rows[i].a, slice_equal(a, b), rows[i].equal);
		check_number(rows[i].a, slice_is(a, rows[i].b), rows[i].equal);
		check_number(rows[i].a, slice_equal_nocase(a, b),
		    rows[i].nocase);
		check_number(rows[i].a, slice_is_nocase(a, rows[i].b),
		    rows[i].nocase);
		check_number(rows[i].a, slice_begins_nocase(a, rows[i].b),
		    rows[i].begins);
		check_number(rows[i].a, slice_holds(a, rows[i].b),
		    rows[i].holds);
	}
}

static void
compares_octets_behind_nul(void **state)
{
	(void)state;
	assert_false(slice_equal(slice_make("a\0b", 3), slice_make("a\0c", 3)));
	assert_false(slice_is(slice_make("a\0b", 3), "a"));
	assert_true(slice_equal(slice_make(NULL, 0), slice_of("")));
}

static void
trims(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
	    {"", ""},
	    {" \t\r\n", ""},
	    {"a", "a"},
	    {" a b\r\n", "a b"},
	    {"\va", "\va"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		check_slice(rows[i].in, slice_trim(slice_of(rows[i].in)),
		    rows[i].want);
}

static void
cuts(void **state)
{
	struct slice rest = slice_of("a,,b,");

	(void)state;
	check_slice("first", slice_cut(&rest, ','), "a");
	check_slice("empty", slice_cut(&rest, ','), "");
	check_slice("third", slice_cut(&rest, ','), "b");
	assert_non_null(rest.at);
	check_slice("empty last", slice_cut(&rest, ','), "");
	assert_null(rest.at);
	check_slice("no more", slice_cut(&rest, ','), "");
}

static void
reads_numbers(void **state)
{
	static const struct {
		const char *in;
		unsigned long max;
		bool ok;
		long want;
	} rows[] = {
	    {"0", 0, true, 0},
	    {"1", 0, false, 0},
	    {"0000000128", 128, true, 128},
	    {"00000000128", 128, false, 0},
	    {"4294967295", 4294967295u, true, 4294967295},
	    {"9999999999", 4294967295u, false, 0},
	    {"", 9, false, 0},
	    {"+1", 9, false, 0},
	    {"-1", 9, false, 0},
	    {" 1", 9, false, 0},
	    {"1 ", 9, false, 0},
	    {"0x1", 9, false, 0},
	    {"1/1", 9, false, 0},
	    {"1:", 99, false, 0},
	};
	unsigned long got;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		got = 77;
		check_number(rows[i].in,
		    slice_number(slice_of(rows[i].in), rows[i].max, &got),
		    rows[i].ok);
		check_number(rows[i].in, (long)got,
		    rows[i].ok ? rows[i].want : 77);
	}
}

static void
knows_ascii_only(void **state)
{
	int c;

	(void)state;
	for (c = -128; c < 128; c++) {
		bool upper = c >= 'A' && c <= 'Z';
		bool letter = upper || (c >= 'a' && c <= 'z');
		bool digit = c >= '0' && c <= '9';

		check_number("lower", ascii_lower((char)c),
		    upper ? c + 32 : c);
		check_number("alnum", ascii_is_alnum((char)c),
		    letter || digit);
		check_number("digit", ascii_is_digit((char)c), digit);
		check_number("blank", ascii_is_blank((char)c),
		    c == ' ' || c == '\t' || c == '\r' || c == '\n');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(makes_slices),
	    check_unit_test(compares),
	    check_unit_test(compares_octets_behind_nul),
	    check_unit_test(trims),
	    check_unit_test(cuts),
	    check_unit_test(reads_numbers),
	    check_unit_test(knows_ascii_only),
	};

	return cmocka_run_group_tests_name("slice", tests, NULL, NULL);
}
