#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "policy/table.h"
#include "tests/unit/check.h"

static struct table *table;

static int
make(void **state)
{
	(void)state;
	return table_new(&table) == STATUS_OK ? 0 : -1;
}

static int
drop(void **state)
{
	table_free(&table);
	return check_rows(state);
}

static const struct rule *
keep(const char *class_name)
{
	struct rule rule = rule_default;
	const struct rule *kept;

	rule.class_name = class_name;
	kept = table_keep(table, &rule);
	assert_non_null(kept);
	return kept;
}

static enum status
add_domain(const char *name, enum scope scope)
{
	struct domain domain;

	domain_normalize(slice_of(name), &domain);
	return table_add_domain(table, &domain, scope, keep(name));
}

static enum status
add_client(const char *name, enum scope scope)
{
	struct domain domain;

	domain_normalize(slice_of(name), &domain);
	return table_add_client(table, &domain, scope, keep(name));
}

static enum status
add_network(const char *text)
{
	struct network net;

	assert_true(network_parse(slice_of(text), &net));
	return table_add_network(table, &net, slice_of(text), keep(text));
}

static void
finds_rules(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
	    {"bank.example", "bank.example"},
	    {"BANK.Example.", "bank.example"},
	    {"a.b.bank.example", "bank.example"},
	    {"notbank.example", "*"},
	    {"legacy.example", "legacy.example"},
	    {"a.legacy.example", "legacy.example"},
	    {"b\xc3\xa4nk.example", "xn--bnk-qla.example"},
	    {"mx.b\xc3\xa4nk.example", "xn--bnk-qla.example"},
	    {"[192.0.2.1]", "[192.0.2.1]"},
	    {"[192.0.2.2]", "*"},
	    {"[ipv6:2001:DB8::1]", "[ipv6:2001:db8::1]"},
	    {"[IPv6:2001:db8:0:0:0:0:0:1]", "[ipv6:2001:db8::1]"},
	    {"[2001:0DB8::0001]", "[ipv6:2001:db8::1]"},
	    {"[IPv6:::ffff:192.0.2.1]", "[192.0.2.1]"},
	    {"[IPv6:2001:db8::2]", "*"},
	    {"[tag:2001:db8::1]", "*"},
	    {"[bank.example]", "bank.example"},
	    {"[MX.Bank.Example.]", "bank.example"},
	    {"[legacy.example]", "legacy.example"},
	    {"[x_y.Bank.example]", "bank.example"},
	    {"[notbank.example]", "*"},
	    {"[bank.example:25]", "bank.example"},
	    {"[bank.example.:25]", "bank.example"},
	    {"[bank.example:x]", "*"},
	    {"[bank.example:25:25]", "*"},
	    {"[192.0.2.1.]", "[192.0.2.1]"},
	    {"[192.000.02.1]", "[192.0.2.1]"},
	    {"[0300.0.2.1]", "[192.0.2.1]"},
	    {"[0xC0.0.0x2.1]", "[192.0.2.1]"},
	    {"[192.0.513]", "[192.0.2.1]"},
	    {"[3221225985]", "[192.0.2.1]"},
	    {"[192.0.2.1:25]", "[192.0.2.1]"},
	    {"[192.0.2.01.:25]", "[192.0.2.1]"},
	    {"[IPv6:192.0.2.01]", "[192.0.2.1]"},
	    {"[192.0.2.010]", "*"},
	    {"[192.0.2.1.1]", "*"},
	    {"[.]", "*"},
	    {"192.0.2.1", "*"},
	    {"no domain", "*"},
	    {"\xff.bank.example", "bank.example"},
	    {"x*y.Bank.example", "bank.example"},
	    {"a/b.c.bank.example.", "bank.example"},
	    {"\xf0\x9f\x92\xa9.bank.example", "bank.example"},
	    {"x!bank.example", "*"},
	    {"bank.example!", "*"},
	    {"*", "*"},
	    {"*.example", "*"},
	    {"", "*"},
	};
	struct domain domain;
	struct match match;
	size_t i;

	(void)state;
	table_set_default(table, keep("*"));
	check_number("tree", add_domain("Bank.example", SCOPE_TREE), 0);
	check_number("self", add_domain("legacy.example", SCOPE_SELF), 0);
	check_number("idn", add_domain("b\xc3\xa4nk.example", SCOPE_TREE), 0);
	check_number("v4", add_domain("[192.0.2.1]", SCOPE_TREE), 0);
	check_number("v6", add_domain("[IPv6:2001:db8::1]", SCOPE_TREE), 0);
	check_number("twice", add_domain("BANK.example", SCOPE_SELF),
	    STATUS_EXISTS);
	check_number("dot", add_domain("legacy.example", SCOPE_BELOW), 0);
	check_number("freeze", table_freeze(table), STATUS_OK);
	for (i = 0; i < LENGTH(rows); i++) {
		domain_normalize(slice_of(rows[i].in), &domain);
		table_find(table, &domain, &match);
		check_slice(rows[i].in, match.domain, rows[i].want);
	}
	domain_init(&domain);
	table_find(table, &domain, &match);
	check_slice("null", match.domain, "*");
	check_number("domains", (long)table_domains(table), 6);
	assert_in_range(table_held(table), 1, 100000);
}

static void
is_empty_at_first(void **state)
{
	struct domain domain;
	struct ipaddr addr;
	struct match match;

	(void)state;
	domain_normalize(slice_of("bank.example"), &domain);
	assert_true(ipaddr_parse(slice_of("192.0.2.1"), &addr));
	check_number("freeze", table_freeze(table), STATUS_OK);
	table_find(table, &domain, &match);
	assert_ptr_equal(match.rule, &rule_default);
	check_slice("default", match.domain, "*");
	check_number("client", table_find_client(table, &addr, &domain,
	    &match), false);
	check_number("nobody", table_find_client(table, NULL, NULL, &match),
	    false);
}

static void
finds_clients(void **state)
{
	static const struct {
		const char *addr, *name, *want; /* want NULL: none */
	} rows[] = {
	    {"192.0.2.1", NULL, "192.0.2.0/24"},
	    {"192.0.2.129", NULL, "192.0.2.128/25"},
	    {"192.0.2.200", NULL, "192.0.2.200"},
	    {"::ffff:192.0.2.200", NULL, "192.0.2.200"},
	    {"192.0.3.1", NULL, NULL},
	    {"198.51.100.7", NULL, "::ffff:198.51.100.0/120"},
	    {"2001:db8:1::1", NULL, "2001:db8::/32"},
	    {"2001:db8:2::1", NULL, "2001:db8:2::/48"},
	    {"2001:db9::1", NULL, NULL},
	    {"192.0.3.1", "mx.bank.example", "mx.bank.example"},
	    {"192.0.3.1", "a.mx.bank.example", "mx.bank.example"},
	    {"192.0.3.1", "bank.example", NULL},
	    {"192.0.3.1", "other.bank.example", ".bank.example"},
	    {"192.0.3.1", "notbank.example", NULL},
	    {"192.0.2.1", "mx.bank.example", "192.0.2.0/24"},
	    {NULL, "mx.bank.example", "mx.bank.example"},
	    {NULL, NULL, NULL},
	    {"192.0.3.1", "[192.0.3.1]", NULL},
	    {"192.0.3.1", "", NULL},
	};
	struct domain name;
	struct ipaddr addr;
	struct match match;
	size_t i;

	(void)state;
	check_number("net", add_network("192.0.2.0/24"), 0);
	check_number("net", add_network("192.0.2.200"), 0);
	check_number("net", add_network("2001:db8::/32"), 0);
	check_number("net", add_network("192.0.2.128/25"), 0);
	check_number("net", add_network("::ffff:198.51.100.0/120"), 0);
	check_number("net", add_network("2001:db8:2::/48"), 0);
	check_number("name", add_client("mx.bank.example", SCOPE_TREE), 0);
	check_number("suffix", add_client("bank.example", SCOPE_BELOW), 0);
	check_number("twice", add_client("bank.example", SCOPE_BELOW),
	    STATUS_EXISTS);
	check_number("freeze", table_freeze(table), STATUS_OK);
	for (i = 0; i < LENGTH(rows); i++) {
		const char *row = rows[i].name != NULL ? rows[i].name :
		    rows[i].addr != NULL	       ? rows[i].addr :
							 "nobody";
		const struct ipaddr *at = rows[i].addr == NULL ? NULL : &addr;
		bool found;

		if (at != NULL)
			assert_true(ipaddr_parse(slice_of(rows[i].addr),
			    &addr));
		domain_normalize(slice_of(rows[i].name), &name);
		found = table_find_client(table, at,
		    rows[i].name == NULL ? NULL : &name, &match);
		check_number(row, found, rows[i].want != NULL);
		if (found && rows[i].want != NULL)
			check_slice(row, match.domain, rows[i].want);
	}
}

static void
refuses_a_network_twice(void **state)
{
	(void)state;
	check_number("first", add_network("192.0.2.0/24"), 0);
	check_number("other", add_network("192.0.2.0/25"), 0);
	check_number("again", add_network("::ffff:192.0.2.0/120"), 0);
	check_number("freeze", table_freeze(table), STATUS_EXISTS);
}

static void
copies_rules(void **state)
{
	char help[] = "https://bank.example/tls", name[] = "*.bank.example";
	const char *names[] = {name};
	struct rule rule = rule_default;
	const struct rule *kept;

	(void)state;
	rule.help_url = help;
	rule.level.peer_names = names;
	rule.level.peer_name_count = 1;
	kept = table_keep(table, &rule);
	assert_non_null(kept);
	help[0] = name[0] = 'X';
	names[0] = NULL;
	check_text("help", kept->help_url, "https://bank.example/tls");
	check_text("names", kept->level.peer_names[0], "*.bank.example");
	assert_null(kept->class_name);
}

/* Only rules that are kept may speak. */
static void
refuses_strange_rules(void **state)
{
	struct domain domain;

	(void)state;
	domain_normalize(slice_of("bank.example"), &domain);
	check_number("strange", table_add_domain(table, &domain, SCOPE_TREE,
	    &rule_default), STATUS_NOTFOUND);
	domain_normalize(slice_of("no domain"), &domain);
	check_number("other", table_add_domain(table, &domain, SCOPE_TREE,
	    keep("x")), STATUS_LIMIT);
}

/* Every network of a bigger table is found by linear search as well. */
static void
agrees_with_linear_search(void **state)
{
	enum { COUNT = 2000 };
	static struct network nets[COUNT];
	static const struct rule *owners[COUNT];
	unsigned seed = 1, i, k, best;
	struct ipaddr addr;
	struct match match;

	(void)state;
	memset(&addr, 0, sizeof(addr));
	addr.octet[10] = addr.octet[11] = 0xff;
	for (i = 0; i < COUNT; i++) {
		seed = seed * 1103515245u + 12345u;
		addr.octet[12] = (unsigned char)(seed >> 30);
		addr.octet[13] = (unsigned char)(seed >> 16);
		addr.octet[14] = (unsigned char)(seed >> 24);
		addr.octet[15] = (unsigned char)(i & 0xff);
		network_of(&addr, 104 + i % 25, &nets[i]);
		for (k = 0; k < i && !network_equal(&nets[k], &nets[i]); k++)
			continue;
		owners[i] = k < i ? owners[k] : keep(NULL);
		if (k == i)
			check_number("add", table_add_network(table, &nets[i],
			    slice_of("x"), owners[i]), STATUS_OK);
	}
	check_number("freeze", table_freeze(table), STATUS_OK);
	for (i = 0; i < COUNT; i++) {
		addr = nets[i].base;
		addr.octet[15] ^= (unsigned char)(i % 3);
		for (best = COUNT, k = 0; k < COUNT; k++)
			if (network_holds(&nets[k], &addr) &&
			    (best == COUNT || nets[k].bits > nets[best].bits))
				best = k;
		check_number("found", table_find_client(table, &addr, NULL,
		    &match), best < COUNT);
		if (best < COUNT)
			assert_ptr_equal(match.rule, owners[best]);
	}
}

#define TABLE_TEST(f) cmocka_unit_test_setup_teardown(f, make, drop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TABLE_TEST(finds_rules),
	    TABLE_TEST(is_empty_at_first),
	    TABLE_TEST(finds_clients),
	    TABLE_TEST(refuses_a_network_twice),
	    TABLE_TEST(copies_rules),
	    TABLE_TEST(refuses_strange_rules),
	    TABLE_TEST(agrees_with_linear_search),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
