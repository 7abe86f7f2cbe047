#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "policy/address.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

/*
 * The domains of a From field, joined by commas. A domain that is not seen
 * escapes its header-from rule.
 */
static void
finds_every_domain(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
	    {"x@bank.example", "bank.example"},
	    {"<x@bank.example>", "bank.example"},
	    {"Bob <x@bank.example>", "bank.example"},
	    {"Bob Bee <x@bank.example>", "bank.example"},
	    {"a@a.example, b@b.example", "a.example,b.example"},
	    {"A <a@a.example>,B <b@b.example> , c@c.example",
		"a.example,b.example,c.example"},
	    {"", ""},
	    {" , ,, ", ""},
	    /* what Sendmail takes out, and what readers do not show */
	    {"x@bank.example\v", "bank.example"},
	    {"x@bank\f.example", "bank.example"},
	    {"<x@\vbank.example\f>", "bank.example"},
	    {"x@bank.example\vBob", "bank.example"},
	    {"x@bank\x01.exam\x7fple\x1b", "bank.example"},
	    {"x@bank.example\xc2\xa0", "bank.example"},
	    {"\xe2\x80\xa8<x@\xe3\x80\x80" "bank.example>", "bank.example"},
	    {"x@bank.example\xc2\x85(y)", "bank.example"},
	    {"x@b\xc3\xa4nk.example", "xn--bnk-qla.example"},
	    /* quoted display names */
	    {"\"Bee, Bob\" <x@bank.example>", "bank.example"},
	    {"\"x@evil.example\" <x@bank.example>", "bank.example"},
	    {"\"a <b@evil.example>\" <x@bank.example>", "bank.example"},
	    {"\"a\\\"<b@evil.example>, \" <x@bank.example>", "bank.example"},
	    {"Bob (x@evil.example) <x@bank.example>", "bank.example"},
	    {"=?utf-8?q?a=40evil.example?= <x@bank.example>", "bank.example"},
	    {"=?utf-8?b?YSw=?= <x@bank.example>", "bank.example"},
	    /* folding and comments */
	    {"Bob\r\n <x@\r\n\tbank.example>", "bank.example"},
	    {"x (c1) @ (c2) bank . (c3) example (c4)", "bank.example"},
	    {"x@bank.example (Bob, <b@evil.example>)", "bank.example"},
	    {"(a(b\\)c)d) x@bank.example", "bank.example"},
	    {"<x@bank.example (c, d)>", "bank.example"},
	    {"(\")x@bank.example(\")", "bank.example"},
	    /* groups */
	    {"G: a@a.example, B <b@b.example>;", "a.example,b.example"},
	    {"G: a@a.example;, c@c.example", "a.example,c.example"},
	    {"undisclosed: ;", ""},
	    {"G:H: a@a.example;", "a.example"},
	    /* routes and quoted local parts */
	    {"<@r.example,@s.example:x@bank.example>", "bank.example"},
	    {"\"a,b@evil.example\"@bank.example", "bank.example"},
	    {"\"a b\" @ bank.example", "bank.example"},
	    /* several angle brackets */
	    {"<a@a.example> <b@b.example>", "a.example,b.example"},
	    {"<a@a.example><b@b.example>", "a.example,b.example"},
	    {"<a@a.example <b@b.example>", "a.example,b.example"},
	    {"<<x@bank.example>>", "bank.example"},
	    {"> x@bank.example", "bank.example"},
	    {"<a@a.example, b@b.example>", "a.example,b.example"},
	    /* what never closes hides nothing */
	    {"<x@bank.example", "bank.example"},
	    {"\"Bob <x@bank.example>", "bank.example"},
	    {"Bob\" <x@bank.example>, c@c.example",
		"bank.example,c.example"},
	    {"(Bob <x@bank.example>", "bank.example"},
	    {"x@bank.example (Bob", "bank.example"},
	    {"Bob) <x@bank.example>", "bank.example"},
	    {"x@bank.example)", "bank.example"},
	    {"Bob\\ <x@bank.example>", "bank.example"},
	    /* words behind the address */
	    {"x@bank.example Bob Bee", "bank.example"},
	    {"x@bank.example Bob, c@c.example", "bank.example,c.example"},
	    {"x@bank.example Bob y@b.example", "bank.example,b.example"},
	    {"x@bank.example @b.example", "bank.example,b.example"},
	    {"x@bank.example \"Bob @b.example\"", "bank.example"},
	    {"joe@other.example via list <x@bank.example>", "bank.example"},
	    /* literals */
	    {"x@[192.0.2.1]", "[192.0.2.1]"},
	    {"x@[IPv6:2001:db8::1], c@c.example",
		"[IPv6:2001:db8::1],c.example"},
	    {"<x@[IPv6:2001:db8::1]>", "[IPv6:2001:db8::1]"},
	    {"x@[: , c@c.example", "other,c.example"},
	    /* no domain */
	    {"Bob", "other"},
	    {"x@b\xc3\xa4nk.example", "xn--bnk-qla.example"},
	};
	char address[ADDRESS_MAX + 1], got[1000];
	struct domain domain;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct slice rest = slice_of(rows[i].in);
		size_t used = 0;

		got[0] = '\0';
		while (address_list_next(&rest, false, address)) {
			address_domain(slice_of(address), &domain);
			used += (size_t)snprintf(got + used,
			    sizeof(got) - used, "%s%s", used > 0 ? "," : "",
			    domain.kind == DOMAIN_OTHER ? "other" :
							  domain.text);
		}
		check_text(rows[i].in, got, rows[i].want);
	}
}

static void
gives_the_address_without_comments(void **state)
{
	char got[ADDRESS_MAX + 1];
	struct slice rest = slice_of("B <\"a b\" (c) @ bank.example>");

	(void)state;
	assert_true(address_list_next(&rest, false, got));
	check_text("address", got, "\"a b\"@bank.example");
	assert_false(address_list_next(&rest, false, got));
}

/* The front is cut, so that the domain stays. */
static void
keeps_the_domain_of_a_long_address(void **state)
{
	static char field[70000];
	char got[ADDRESS_MAX + 1];
	struct slice rest = slice_make(field, sizeof(field));
	struct domain domain;

	(void)state;
	memset(field, 'a', sizeof(field));
	memcpy(field + sizeof(field) - 13, "@bank.example", 13);
	assert_true(address_list_next(&rest, false, got));
	address_domain(slice_of(got), &domain);
	check_text("long", domain.text, "bank.example");
	field[0] = '"';
	field[sizeof(field) - 14] = '"';
	rest = slice_make(field, sizeof(field));
	assert_true(address_list_next(&rest, false, got));
	address_domain(slice_of(got), &domain);
	check_text("quoted", domain.text, "bank.example");
}

/* Every run ends, and takes no more steps than there are octets. */
static void
ends_on_any_octets(void **state)
{
	static const char octets[] = "a@\"(\\)<>,;: .[]\xff";
	char field[6], got[ADDRESS_MAX + 1];
	struct domain domain;
	unsigned n, k, steps;

	(void)state;
	for (n = 0; n < 16 * 16 * 16 * 16 * 16; n++) {
		struct slice rest = slice_make(field, 5);

		for (k = 0; k < 5; k++)
			field[k] = octets[(n >> (4 * k)) & 15];
		for (steps = 0; address_list_next(&rest, false, got); steps++)
			address_domain(slice_of(got), &domain);
		assert_in_range(steps, 0, 5);
		check_number("rest", (long)rest.len, 0);
	}
}

/* Of an address that is too long both ends stay. */
static void
keeps_both_ends_of_a_long_address(void **state)
{
	static char text[5000];
	char got[ADDRESS_MAX + 1];
	struct domain domain;
	struct slice rest;
	size_t len;

	(void)state;
	for (len = 900; len < 4900; len += 37) {
		memset(text, 'b', len);
		memcpy(text, "bank.example!", 13);
		rest = slice_make(text, len);
		assert_true(address_list_next(&rest, false, got));
		assert_true(address_detour(slice_of(got), 1, &domain));
		assert_string_equal(domain.text, "bank.example");
		memset(text, 'b', len);
		memcpy(text + len, "@bank.example", 13);
		rest = slice_make(text, len + 13);
		assert_true(address_list_next(&rest, false, got));
		address_domain(slice_of(got), &domain);
		assert_string_equal(domain.text, "bank.example");
	}
}

/* Words become one local part, or a domain in front of a `!`. */
static void
joins_words_by_dots(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
	    {"Big bank.example!boss", "Big.bank.example!boss"},
	    {"Big (c) bank . example ! boss", "Big.bank.example!boss"},
	    {"Big Boss@bank.example", "Big.Boss@bank.example"},
	    {"boss % bank.example", "boss%bank.example"},
	    {"\"a b\" c @bank.example", "\"a b\".c@bank.example"},
	    {" boss @ bank . example", "boss@bank.example"},
	};
	char got[ADDRESS_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct slice rest = slice_of(rows[i].in);

		if (!address_list_next(&rest, false, got) ||
		    strcmp(got, rows[i].want) != 0)
			fail_msg("%s: %s", rows[i].in, got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(finds_every_domain),
	    check_unit_test(gives_the_address_without_comments),
	    check_unit_test(keeps_the_domain_of_a_long_address),
	    check_unit_test(ends_on_any_octets),
	    check_unit_test(joins_words_by_dots),
	    check_unit_test(keeps_both_ends_of_a_long_address),
	};

	return cmocka_run_group_tests_name("address list", tests, NULL, NULL);
}
