#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <time.h>

#include "policy/base/attributes.h"
#include "policy/nameset.h"
#include "tests/unit/check.h"

static struct nameset *
make(void)
{
	struct nameset *set = NULL;

	if (nameset_new(&set) != STATUS_OK)
		fail_msg("no memory");
	return set;
}

static void
finds_the_most_specific(void **state)
{
	static const struct {
		const char *name;
		enum scope scope;
	} names[] = {
	    {"bank.example", SCOPE_TREE},
	    {"bank.example", SCOPE_BELOW},
	    {"a.bank.example", SCOPE_SELF},
	    {"b.bank.example", SCOPE_BELOW},
	    {"shop.example", SCOPE_SELF},
	    {"club.example", SCOPE_BELOW},
	    {"org", SCOPE_TREE},
	    {"x.y.z.org", SCOPE_SELF},
	    {"x.y.z.org", SCOPE_BELOW},
	    {"[192.0.2.1]", SCOPE_TREE},
	};
	static const struct {
		const char *in;
		int want; /* index of names; -1: none */
	} rows[] = {
	    {"bank.example", 0}, {"c.bank.example", 1},
	    {"d.c.bank.example", 1}, {"a.bank.example", 2},
	    {"x.a.bank.example", 1}, {"b.bank.example", 1},
	    {"x.b.bank.example", 3}, {"abank.example", -1}, {"example", -1},
	    {"shop.example", 4}, {"a.shop.example", -1},
	    {"club.example", -1}, {"a.club.example", 5},
	    {"b.a.club.example", 5}, {"org", 6}, {"z.org", 6},
	    {"x.y.z.org", 7}, {"w.x.y.z.org", 8}, {"v.y.z.org", 6},
	    {"[192.0.2.1]", 9}, {"192.0.2.1", -1}, {"a.[192.0.2.1]", 9},
	    {".bank.example", 1}, {"a..bank.example", 1}, {"", -1},
	    {".", -1}, {"BANK.example", -1},
	};
	struct nameset *set = make();
	struct nameset_hit hit;
	size_t i;

	(void)state;
	check_number("empty",
	    nameset_find(set, slice_of("bank.example"), &hit), false);
	for (i = 0; i < LENGTH(names); i++)
		check_number(names[i].name,
		    nameset_add(set, slice_of(names[i].name),
			names[i].scope, (uint32_t)i), STATUS_OK);
	for (i = 0; i < LENGTH(rows); i++) {
		bool found = nameset_find(set, slice_of(rows[i].in), &hit);

		check_number(rows[i].in, found, rows[i].want >= 0);
		if (!found || rows[i].want < 0)
			continue;
		check_number(rows[i].in, (long)hit.value, rows[i].want);
		check_slice(rows[i].in, hit.name, names[rows[i].want].name);
	}
	check_number("count", (long)nameset_count(set), LENGTH(names));
	nameset_free(&set);
	assert_null(set);
	nameset_free(&set);
}

static void
has_two_places_for_a_name(void **state)
{
	static const struct {
		enum scope scope;
		enum status want;
	} rows[] = {
	    {SCOPE_TREE, STATUS_OK},
	    {SCOPE_TREE, STATUS_EXISTS},
	    {SCOPE_SELF, STATUS_EXISTS},
	    {SCOPE_BELOW, STATUS_OK},
	    {SCOPE_BELOW, STATUS_EXISTS},
	};
	static char octets[300];
	struct nameset *set = make();
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		check_number("add", nameset_add(set, slice_of("a.example"),
		    rows[i].scope, 1), rows[i].want);
	check_number("empty name", nameset_add(set, slice_of(""), SCOPE_TREE,
	    1), STATUS_LIMIT);
	memset(octets, 'a', sizeof(octets));
	check_number("255", nameset_add(set, slice_make(octets, 255),
	    SCOPE_TREE, 1), STATUS_OK);
	check_number("256", nameset_add(set, slice_make(octets, 256),
	    SCOPE_TREE, 1), STATUS_LIMIT);
	nameset_free(&set);
}

/* MTAs pass on what has empty labels, as many as there are octets. */
static void
finds_what_many_dots_stand_before(void **state)
{
	static const char end[] = "bank.example";
	static char name[255];
	struct nameset *set = make();
	struct nameset_hit hit;
	size_t dots;

	(void)state;
	assert_int_equal(nameset_add(set, slice_of(end), SCOPE_TREE, 7),
	    STATUS_OK);
	for (dots = 1; dots + sizeof(end) - 1 <= sizeof(name); dots++) {
		memset(name, '.', dots);
		memcpy(name + dots, end, sizeof(end) - 1);
		hit.value = 0;
		check_number("found", nameset_find(set, slice_make(name,
		    dots + sizeof(end) - 1), &hit), true);
		check_number("value", (long)hit.value, 7);
	}
	nameset_free(&set);
}

static double
seconds_since(const struct timespec *begin)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - begin->tv_sec) +
	    (double)(now.tv_nsec - begin->tv_nsec) / 1e9;
}

static struct slice
name_of_number(unsigned n, char out[64])
{
	int len = snprintf(out, 64, "customer-%u.mail%u.example", n, n % 97);

	return slice_make(out, (size_t)len);
}

static void
holds_a_million_names(void **state)
{
	enum { MILLION = 1000000 };
	struct nameset *set = make();
	struct timespec begin;
	struct nameset_hit hit;
	char name[64];
	double loaded;
	unsigned i;

	(void)state;
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	for (i = 0; i < MILLION; i++)
		if (nameset_add(set, name_of_number(i, name), SCOPE_TREE,
			i) != STATUS_OK)
			fail_msg("%s: not added", name);
	loaded = seconds_since(&begin);
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	for (i = 0; i < MILLION; i++)
		if (!nameset_find(set, name_of_number(i, name), &hit) ||
		    hit.value != i)
			fail_msg("%s: not found", name);
	print_message("1,000,000 names: added in %.2f s, found in %.2f s, "
		      "%.1f octets each\n", loaded, seconds_since(&begin),
	    (double)nameset_held(set) / MILLION);
	check_number("absent", nameset_find(set,
	    slice_of("customer.example"), &hit), false);
	check_number("twice", nameset_add(set, name_of_number(5, name),
	    SCOPE_SELF, 0), STATUS_EXISTS);
	assert_in_range(nameset_held(set) / MILLION, 1, 100);
	nameset_free(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(finds_the_most_specific),
	    check_unit_test(has_two_places_for_a_name),
	    check_unit_test(finds_what_many_dots_stand_before),
	    check_unit_test(holds_a_million_names),
	};

	return cmocka_run_group_tests_name("nameset", tests, NULL, NULL);
}
