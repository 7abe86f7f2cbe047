#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/session/envelope.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

/* Argument and macro both count where they differ; the macro comes first. */
static void
reads_paths(void **state)
{
	static const struct {
		const char *path, *macro;
		long count;
		const char *first, *second, *address;
	} rows[] = {
	    {"<a@x.example>", NULL, 1, "x.example", "", "a@x.example"},
	    {"<a@X.example>", "a@x.EXAMPLE", 1, "x.example", "",
		"a@x.EXAMPLE"},
	    {"<a@x.example>", "a@y.example", 2, "y.example", "x.example",
		"a@y.example"},
	    {"<a@x.example>", "", 1, "x.example", "", "a@x.example"},
	    {"<a@x.example>", "a", 1, "x.example", "", "a@x.example"},
	    {"<a>", "a@y.example", 1, "y.example", "", "a@y.example"},
	    {"<>", NULL, 0, "", "", ""},
	    {"<>", "", 0, "", "", ""},
	    {"<>", "<>", 0, "", "", ""},
	    {"<a>", NULL, 1, "", "", "a"},
	    {"<a@[192.0.2.1]>", NULL, 1, "[192.0.2.1]", "",
		"a@[192.0.2.1]"},
	    {"<@r.example:a@x.example>", NULL, 1, "x.example", "",
		"a@x.example"},
	};
	struct envelope got;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		const char *row = rows[i].path;

		envelope_read(row, rows[i].macro, &got);
		check_number(row, (long)got.count, rows[i].count);
		check_text(row, got.count > 0 ? got.domains[0].text : "",
		    rows[i].first);
		check_text(row, got.count > 1 ? got.domains[1].text : "",
		    rows[i].second);
		check_slice(row, got.address, rows[i].address);
	}
}

static void
knows_the_exempt(void **state)
{
	struct exempt exempt[] = {{.local = "postmaster"}, {.local = "tls"}};
	struct config config = {.exempt = exempt, .exempt_count = 2};
	static const struct {
		const char *path, *macro;
		bool want;
	} rows[] = {
	    {"<postmaster@a.example>", NULL, true},
	    {"<PostMaster@b.example>", "postmaster@b.example", true},
	    {"<postmaster>", NULL, true},
	    {"<postmaster@b.example>", "bob@b.example", false},
	    {"<bob@b.example>", "postmaster@b.example", false},
	    {"<tls@x.example>", NULL, true},
	    {"<tls@y.example>", NULL, false},
	    {"<s:postmaster@a.example>", NULL, false},
	    {"<\"postmaster\"@a.example>", "postmaster@a.example", true},
	    {"<\"Post\\master\"@a.example>", NULL, true},
	    {"<\"postmaster\"@a.example>", "bob@a.example", false},
	    {"<\"postmaster \"@a.example>", NULL, false},
	    {"<\"postmaste\"@a.example>", NULL, false},
	    {"<\"@a.example>", NULL, false},
	    {"<\"\"@a.example>", NULL, false},
	    {"<post\\master@a.example>", NULL, false},
	};
	size_t i;

	(void)state;
	domain_init(&exempt[0].domain);
	domain_normalize(slice_of("x.example"), &exempt[1].domain);
	for (i = 0; i < LENGTH(rows); i++)
		check_number(rows[i].path,
		    recipient_is_exempt(&config, rows[i].path,
			rows[i].macro),
		    rows[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(reads_paths),
	    check_unit_test(knows_the_exempt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
