#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/address.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

struct row {
	const char *in, *want;
};

static void
takes_paths_apart(void **state)
{
	static const struct row rows[] = {
	    {"<x@bank.example>", "x@bank.example"},
	    {"x@bank.example", "x@bank.example"},
	    {" <x@bank.example> ", "x@bank.example"},
	    {"<>", ""},
	    {"< >", ""},
	    {"", ""},
	    {"<", ""},
	    {"<@a.example,@b.example:x@bank.example>", "x@bank.example"},
	    {"<@a.example:x@bank.example>", "x@bank.example"},
	    {"<\"a>b\"@bank.example>", "\"a>b\"@bank.example"},
	    {"<\"a\\\">b\"@bank.example>", "\"a\\\">b\"@bank.example"},
	    {"<\"@a:b\"@bank.example>", "\"@a:b\"@bank.example"},
	    {"<postmaster>", "postmaster"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		check_slice(rows[i].in, address_of_path(slice_of(rows[i].in)),
		    rows[i].want);
}

static void
check_domain(const char *row, const struct domain *got, const char *want)
{
	check_text(row, got->kind == DOMAIN_NONE ? "none" :
	    got->kind == DOMAIN_OTHER		 ? "other" :
						   got->text, want);
}

/*
 * From a whole path, since that is what a client writes. "other" lets mail
 * pass a require rule, so it stands only where no domain can be meant.
 */
static void
finds_the_domain_of_a_path(void **state)
{
	static const struct row rows[] = {
	    {"<x@bank.example>", "bank.example"},
	    {"<x@BANK.example.>", "bank.example"},
	    {"<>", "none"},
	    {"<postmaster>", "other"},
	    {"<x@>", "other"},
	    {"<@>", "other"},
	    /* the rulings: both MTAs deliver these */
	    {"<x@bank.example(c)>", "bank.example"},
	    {"<x@ bank . example>", "bank.example"},
	    {"<<x@bank.example>>", "bank.example"},
	    {"<<<x@bank.example>", "bank.example"},
	    {"<x@bank.example>junk", "bank.example"},
	    {"<x@bank.example>@evil.example", "bank.example"},
	    {"<x@bank.example> <y@evil.example>", "bank.example"},
	    {"Bank <x@bank.example>", "bank.example"},
	    {"\"B>\" <x@bank.example>", "bank.example"},
	    {"x@evil.example <x@bank.example>", "bank.example"},
	    {"<a@bank.example@evil.example>", "evil.example"},
	    {"<a@evil.example@bank.example>", "bank.example"},
	    /* source routes */
	    {"<@a.example,@b.example:x@bank.example>", "bank.example"},
	    {"<@bank.example:x@evil.example>", "evil.example"},
	    {"<@a.example x@bank.example>", "bank.example"},
	    /* quoted local parts */
	    {"<\"a@evil.example\"@bank.example>", "bank.example"},
	    {"<\"a\\\"@evil.example\\\"\"@bank.example>", "bank.example"},
	    {"<\"a b\"@bank.example>", "bank.example"},
	    {"<\"(\"@bank.example>", "bank.example"},
	    {"<\"a\".\"b\"@bank.example>", "bank.example"},
	    {"<a\\@evil.example@bank.example>", "bank.example"},
	    {"<a@evil.example\\@bank.example>", "bank.example"},
	    /* quotes that never close hide nothing */
	    {"<\"x@bank.example>", "bank.example"},
	    {"<x\"@bank.example>", "bank.example"},
	    {"<x@bank.example\">", "bank.example"},
	    {"<x\\\"@bank.example>", "bank.example"},
	    {"<x\\\"@bank.example(\")>", "bank.example"},
	    {"<\"x@bank.example\">", "bank.example"},
	    /* quotes around the domain */
	    {"<x@\"bank.example\">", "bank.example"},
	    {"<x@\"bank\".example>", "bank.example"},
	    {"<x@bank\\.example>", "bank.example"},
	    /* comments */
	    {"<x@(c)bank.example>", "bank.example"},
	    {"<x@bank(c).example>", "bank.example"},
	    {"<x@bank.example(a(b)c)>", "bank.example"},
	    {"<x@bank.example(a\\)b)>", "bank.example"},
	    {"<x@bank.example(a@evil.example)>", "bank.example"},
	    {"<(a@evil.example)x@bank.example>", "bank.example"},
	    {"<x@bank.example(>)>", "bank.example"},
	    {"<(>)x@bank.example>", "bank.example"},
	    {"<(\")x@bank.example(\")>", "bank.example"},
	    {"<(\")x@bank.example>", "bank.example"},
	    {"<x(@bank.example>", "bank.example"},
	    {"<x@bank.example(c>", "bank.example"},
	    {"<x@bank.example)>", "bank.example"},
	    /* literals */
	    {"<x@[192.0.2.1]>", "[192.0.2.1]"},
	    {"<x@[IPv6:2001:db8::1]>", "[IPv6:2001:db8::1]"},
	    {"<x@[ 192.0.2.1 ]>", "[192.0.2.1]"},
	    {"<x@[192.0.2.1](c)>", "[192.0.2.1]"},
	    {"<x@[192.0.2.1>", "other"},
	    /* other alphabets */
	    {"<x@b\xc3\xa4nk.example>", "xn--bnk-qla.example"},
	    {"<x@bank\xef\xbc\x8e" "example>", "bank.example"},
	    {"<\xc3\xa4@bank.example>", "bank.example"},
	    {"<x@b\xe4nk.example>", "other"},
	    {"<x%bank.example>", "other"},
	    {"<bank.example!x>", "other"},
	};
	struct domain got;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		address_domain(address_of_path(slice_of(rows[i].in)), &got);
		check_domain(rows[i].in, &got, rows[i].want);
	}
}

static void
finds_the_local_part(void **state)
{
	static const struct row rows[] = {
	    {"postmaster@bank.example", "postmaster"},
	    {"postmaster", "postmaster"},
	    {"", ""},
	    {"@bank.example", ""},
	    {"\"a@b\"@bank.example", "\"a@b\""},
	    {"postmaster@evil.example@bank.example",
		"postmaster@evil.example"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		check_slice(rows[i].in, address_local(slice_of(rows[i].in)),
		    rows[i].want);
}

static void
takes_huge_addresses(void **state)
{
	static char huge[70000];
	struct domain got;

	(void)state;
	memset(huge, 'a', sizeof(huge));
	memcpy(huge + sizeof(huge) - 13, "@bank.example", 13);
	address_domain(slice_make(huge, sizeof(huge)), &got);
	check_domain("long local part", &got, "bank.example");
	memset(huge, ' ', sizeof(huge));
	memcpy(huge, "x@bank.example", 14);
	address_domain(slice_make(huge, sizeof(huge)), &got);
	check_domain("blanks", &got, "bank.example");
	memset(huge + 14, '(', sizeof(huge) - 14);
	address_domain(slice_make(huge, sizeof(huge)), &got);
	check_domain("comments", &got, "bank.example");
	memset(huge, 'a', sizeof(huge));
	huge[0] = '@';
	address_domain(slice_make(huge, sizeof(huge)), &got);
	check_domain("long domain", &got, "other");
	address_domain(slice_make(NULL, 0), &got);
	check_domain("null", &got, "none");
}

static void
makes_a_domain_where_no_at_is(void **state)
{
	static const struct {
		const char *in, *percent, *bang;
	} rows[] = {
	    {"boss%bank.example", "bank.example", NULL},
	    {"bank.example!boss", NULL, "bank.example"},
	    {"a%b%bank.example", "bank.example", NULL},
	    {"bank.example!b!boss", NULL, "bank.example"},
	    {"Big.bank.example!boss", NULL, "big.bank.example"},
	    {"x.example!boss%bank.example", "bank.example", "x.example"},
	    {"\"a@b\"%bank.example", "bank.example", NULL},
	    {"boss%\"bank\".example", "bank.example", NULL},
	    {"boss%(a@b)bank.example", "bank.example", NULL},
	    {"boss%bank.example@x.example", NULL, NULL},
	    {"bank.example!boss@x.example", NULL, NULL},
	    {"boss", NULL, NULL},
	    {"", NULL, NULL},
	};
	struct domain got;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct slice in = slice_of(rows[i].in);

		if (address_detour(in, 0, &got) != (rows[i].percent != NULL))
			fail_msg("%s: percent", rows[i].in);
		if (rows[i].percent != NULL)
			check_domain(rows[i].in, &got, rows[i].percent);
		if (address_detour(in, 1, &got) != (rows[i].bang != NULL))
			fail_msg("%s: bang", rows[i].in);
		if (rows[i].bang != NULL)
			check_domain(rows[i].in, &got, rows[i].bang);
	}
}

static void
tells_what_sendmail_does_not_find(void **state)
{
	static const struct {
		const char *in;
		bool want;
	} rows[] = {
	    {"bob@bank.example", true},
	    {"\"b@o\\b\"@bank.example", true},
	    {"bo\\b@bank.example", true},
	    {"bob", true},
	    {"", true},
	    {"bob@\\@bank.example", false},
	    {"bob%\\@bank.example", false},
	    {"bob%\"@bank.example\"", false},
	    {"bob@x.\"y\".bank.example", false},
	    {"b@1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0"
	     ".bank.example", true},
	    {"b@1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0"
	     ".x.bank.example", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		if (address_has_simple_domain(slice_of(rows[i].in)) !=
		    rows[i].want)
			fail_msg("%s", rows[i].in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(takes_paths_apart),
	    check_unit_test(finds_the_domain_of_a_path),
	    check_unit_test(finds_the_local_part),
	    check_unit_test(takes_huge_addresses),
	    check_unit_test(makes_a_domain_where_no_at_is),
	    check_unit_test(tells_what_sendmail_does_not_find),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
