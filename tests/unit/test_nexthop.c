#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/nexthop.h"
#include "tests/unit/check.h"

static void
add(struct table *table, const char *name, enum scope scope,
    const struct rule *rule)
{
	struct domain domain;

	domain_normalize(slice_of(name), &domain);
	assert_int_equal(
	    table_add_domain(table, &domain, scope, table_keep(table, rule)),
	    STATUS_OK);
}

static struct table *
make_table(void)
{
	static const char *const names[] = {"mx.x.example", "*.y.example"};
	struct rule rule = rule_default;
	struct table *table;

	assert_int_equal(table_new(&table), STATUS_OK);
	rule.to = MODE_REQUIRE;
	add(table, "observed.example", SCOPE_TREE, &rule);
	rule.operation = OPERATION_ENFORCE;
	add(table, "any.example", SCOPE_TREE, &rule);
	add(table, "self.example", SCOPE_SELF, &rule);
	add(table, "below.example", SCOPE_BELOW, &rule);
	add(table, "[192.0.2.1]", SCOPE_TREE, &rule);
	add(table, "[IPv6:2001:DB8:0::0:1]", SCOPE_TREE, &rule);
	rule.level.peer = PEER_TRUSTED;
	rule.level.min_tls = TLS_VERSION_1_0;
	add(table, "trusted.example", SCOPE_TREE, &rule);
	rule.level.peer = PEER_NAMED;
	rule.level.min_tls = TLS_VERSION_1_3;
	add(table, "own.example", SCOPE_TREE, &rule);
	rule.level.peer_names = names;
	rule.level.peer_name_count = LENGTH(names);
	add(table, "named.example", SCOPE_TREE, &rule);
	rule.to = MODE_PREFER;
	add(table, "prefer.example", SCOPE_TREE, &rule);
	assert_int_equal(table_freeze(table), STATUS_OK);
	return table;
}

static void
answers(void **state)
{
	static const char any[] =
	    "OK encrypt protocols=>=TLSv1.2 ciphers=high";
	static const char none[] = "NOTFOUND ";
	static const struct {
		const char *key, *want;
	} rows[] = {
	    {"any.example", any},
	    {"ANY.example.", any},
	    {"any.example:25", any},
	    {"[any.example]", any},
	    {"[any.example]:25", any},
	    {"mx.any.example", any},
	    {".any.example", none},
	    {"self.example", any},
	    {"x.self.example", none},
	    {"below.example", none},
	    {"x.below.example", any},
	    {"[192.0.2.1]:25", any},
	    {"192.0.2.1", any},
	    {"[192.0.2.2]", none},
	    {"[192.0.2.01]", any},
	    {"[0xc0.0.2.1]:25", any},
	    {"[192.0.513]", any},
	    {"[2001:db8::1]:25", any},
	    {"[IPv6:2001:db8:0:0:0:0:0:1]", any},
	    {"[::1]", none},
	    {"observed.example", none},
	    {"prefer.example", none},
	    {"other.example", none},
	    {"", none},
	    {"[", none},
	    {"trusted.example", "OK verify protocols=>=TLSv1 ciphers=high"},
	    {"own.example",
		"OK secure match=own.example:.own.example "
		"protocols=>=TLSv1.3 ciphers=high"},
	    {"x.named.example",
		"OK secure match=mx.x.example:.y.example "
		"protocols=>=TLSv1.3 ciphers=high"},
	};
	struct table *table = make_table();
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, NEXTHOP_ANSWER_MAX);
	for (i = 0; i < LENGTH(rows); i++) {
		buf_reset(&out);
		nexthop_answer(table, slice_of(rows[i].key), &out);
		check_slice(rows[i].key, buf_slice(&out), rows[i].want);
	}
	buf_clear(&out);
	table_free(&table);
}

static void
binds_in_brackets_what_is_exported(void **state)
{
	static const struct {
		const char *domain;
		enum binding want;
	} rows[] = {
	    {"any.example", BINDING_HOLDS}, {"x.any.example", BINDING_HOLDS},
	    {"any.example.", BINDING_HOLDS},
	    {"[any.example]", BINDING_HOLDS}, {"[ANY.example]", BINDING_HOLDS},
	    {"[any.example.]", BINDING_HOST}, {"[any.example..]", BINDING_HOST},
	    {"[any.example:25]", BINDING_HOST},
	    {"[x.any.example]", BINDING_HOST},
	    {"[x_y.any.example]", BINDING_HOST},
	    {"[x.any.example:25]", BINDING_HOST},
	    {"[192.0.2.1]", BINDING_HOLDS}, {"[192.0.2.1.]", BINDING_ADDRESS},
	    {"[IPv6:2001:db8::1]", BINDING_HOLDS},
	    {"[ipv6:2001:DB8::1]", BINDING_HOLDS},
	    {"[IPv6:2001:db8::1.]", BINDING_ADDRESS},
	    {"[IPv6:2001:db8:0:0::1]", BINDING_ADDRESS},
	    {"[2001:db8::1]", BINDING_ADDRESS},
	    {"[192.0.2.2]", BINDING_NONE}, {"[prefer.example]", BINDING_NONE},
	    {"[x.prefer.example]", BINDING_NONE},
	    {"[prefer.example:25]", BINDING_NONE},
	    {"other.example", BINDING_NONE}, {"", BINDING_NONE},
	};
	struct table *table = make_table();
	struct domain domain;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		domain_normalize(slice_of(rows[i].domain), &domain);
		check_number(rows[i].domain,
		    nexthop_binding(table, &domain, true), rows[i].want);
	}
	domain_normalize(slice_of("any.ex\xc2\xad" "ample"), &domain);
	check_number("not ASCII", nexthop_binding(table, &domain, false),
	    BINDING_NAME);
	domain_normalize(slice_of("b\xc3\xbc" "cher.example"), &domain);
	check_number("no rule", nexthop_binding(table, &domain, false),
	    BINDING_NONE);
	table_free(&table);
}

static bool
count(void *context, const struct match *match, enum scope scope)
{
	long *counts = context;

	counts[scope]++;
	if (match->rule->to == MODE_REQUIRE)
		counts[3]++;
	return !slice_is(match->domain, "prefer.example");
}

static void
visits_each(void **state)
{
	struct table *table = make_table();
	long counts[4] = {0};

	(void)state;
	table_each(table, count, counts);
	check_number("trees", counts[SCOPE_TREE], 8);
	check_number("alone", counts[SCOPE_SELF], 1);
	check_number("below", counts[SCOPE_BELOW], 1);
	check_number("require", counts[3], 9);
	table_free(&table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(answers),
	    check_unit_test(binds_in_brackets_what_is_exported),
	    check_unit_test(visits_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
