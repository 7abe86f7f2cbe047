#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/ctl/accessdemand.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

/* Does have ask for as much as want? */
static void
compares_lines(void **state)
{
	static const struct {
		const char *have, *want;
		bool covers;
	} rows[] = {
	    {"ENCR:128", "ENCR:128", true},
	    {" encr:256 ", "ENCR:128", true},
	    {"PERM+ENCR:128", "ENCR:128", true},
	    {"temp + ENCR:128", "ENCR:128", true},
	    {"VERIFY:128", "ENCR:128", true},
	    {"VERIFY", "ENCR:1", true},
	    {"VERIFY+CN:a.example", "VERIFY:1+CN:A.example", true},
	    {"VERIFY:128+CI:x++CN:a.example", "VERIFY:128+CN:a.example", true},
	    {"ENCR:128+CN:a.example", "ENCR:128", true},
	    {"ENCR:127", "ENCR:128", false},
	    {"ENCR:256", "VERIFY:128", false},
	    {"VERIFY", "ENCR:128", false},
	    {"VERIFY:128", "VERIFY:128+CN:a.example", false},
	    {"VERIFY:128+CN:b.example", "VERIFY:128+CN:a.example", false},
	    {"VERIFY:128+CN", "VERIFY:128+CN:a.example", false},
	    {"ENCR", "ENCR:1", false},
	    {"ENCR:0", "ENCR:1", false},
	    {"ENCR:x", "ENCR:1", false},
	    {"VERIFYX:128", "ENCR:1", false},
	    {"OK", "ENCR:1", false},
	    {"?", "ENCR:1", false},
	    {"", "ENCR:1", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct accessdemand have =
		    accessdemand_parse(slice_of(rows[i].have));
		struct accessdemand want =
		    accessdemand_parse(slice_of(rows[i].want));

		/* of a rule, the name alone is kept */
		if (want.more.len > 0)
			want.more = slice_make(want.more.at + 3,
			    want.more.len - 3);
		check_number(rows[i].have,
		    accessdemand_covers(&have, &want), rows[i].covers);
	}
}

static void
joins_what_rules_ask_for(void **state)
{
	struct accessdemand most = {.kind = ACCESS_NOTHING};
	struct accessdemand have =
	    accessdemand_parse(slice_of("VERIFY:256+CN:a.example"));
	const struct accessdemand rules[] = {
	    {ACCESS_ENCR, 256, {NULL, 0}},
	    {ACCESS_VERIFY, 128, slice_of("a.example")},
	    {ACCESS_VERIFY, 128, slice_of("b.example")},
	};

	(void)state;
	accessdemand_join(&most, &rules[0]);
	accessdemand_join(&most, &rules[1]);
	check_number("both", accessdemand_covers(&have, &most), 1);
	have.bits = 128;
	check_number("bits of the first", accessdemand_covers(&have, &most),
	    0);
	have.bits = 256;
	accessdemand_join(&most, &rules[2]);
	check_number("two names", accessdemand_covers(&have, &most), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(compares_lines),
	    check_unit_test(joins_what_rules_ask_for),
	};

	return cmocka_run_group_tests_name("accessdemand", tests, NULL, NULL);
}
