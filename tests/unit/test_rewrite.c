#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/stamp/rewrite.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

/* Values are in relaxed canonical form. */
static void
knows_what_sendmail_rewrites(void **state)
{
	static const struct {
		const char *value;
		bool changes;
	} rows[] = {
	    {"a@x.example", false},
	    {"<a@x.example>", false},
	    {"Bob <a@x.example>", false},
	    {"Bob Bee <a@x.example>", false},
	    {"\"Bee, Bob\" <a@x.example>", false},
	    {"\"B\" Bee <a@x.example>", false},
	    {"=?utf-8?q?B=C3=B6b?= <a@x.example>", false},
	    {"a@x.example, b@y.example", false},
	    {"Bob <a@x.example>, \"Bee, J.\" <b@y.example>", false},
	    {"a.b+c_d=e@mail-1.x.example", false},
	    {"a@x.example (Bob; Bee, J.)", false},
	    {"B\xc3\xb6""b <a@x.example>", false},
	    {"\"B\xc3\xb6""b\" <a@x.example>", false},
	    {"a@x.example (), b@x.example", false},
	    /* commas */
	    {"a@x.example,b@y.example", true},
	    {"a@x.example , b@y.example", true},
	    {"a@x.example,", true},
	    {"a@x.example, ", true},
	    {"a@x.example,, b@y.example", true},
	    {", a@x.example", true},
	    /* not local@domain */
	    {"", true},
	    {"bob", true},
	    {"Bob <bob>", true},
	    {"a@localhost", true},
	    {"a@localhost.localdomain", true},
	    {"a@x.uucp", true},
	    {"a@b.x.UUCP, b@x.example", true},
	    {"a@uucp.example", false},
	    {"a@x", true},
	    {"a@x.example.", true},
	    {"a@.x.example", true},
	    {"a@x..example", true},
	    {"a @ x.example", true},
	    {"a@ x.example", true},
	    {"a@[192.0.2.1]", true},
	    {"@x.example", true},
	    {"a@b@x.example", true},
	    {"\"a\"@x.example", true},
	    {"a%b@x.example", true},
	    {"a!b@x.example", true},
	    {"<@r.example:a@x.example>", true},
	    {"<>", true},
	    /* groups, comments, several angle brackets */
	    {"a@x.example;b@y.example", true},
	    {"G: a@x.example;", true},
	    {"undisclosed-recipients:;", true},
	    {"a@x.example (Bob (Bee))", true},
	    {"a@x.example (\"Bob\")", true},
	    {"a@x.example (Bob", true},
	    {"a@x.example (Bob) (Bee)", true},
	    {"a@x.example(Bob)", true},
	    {"a@x.example Bob", true},
	    {"(Bob) a@x.example", true},
	    {"<a@x.example> Bob", true},
	    {"<a@x.example", true},
	    {"Bob<a@x.example>", true},
	    {"<a@x.example><b@y.example>", true},
	    /* phrases that Sendmail quotes, or that never end */
	    {"Bob B. Bee <a@x.example>", true},
	    {"O'Bee <a@x.example>", true},
	    {"\"Bob <a@x.example>", true},
	    {"\"B\\\"b\" <a@x.example>", true},
	    {"b\xc3\xb6""b@x.example", true},
	    {"a@b\xc3\xb6""b.example", true},
	    {"a@x.example\rb", true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		check_number(rows[i].value,
		    rewrite_changes(slice_of(rows[i].value)),
		    rows[i].changes);
	check_number("NUL", rewrite_changes(slice_make("a\0b@x.example", 13)),
	    true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(knows_what_sendmail_rewrites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
