#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/rule.h"
#include "tests/unit/check.h"

static void
has_the_defaults_of_the_manual(void **state)
{
	const struct rule *rule = &rule_default;

	(void)state;
	check_text("from", mode_name(rule->from), "fallback-allowed");
	check_text("to", mode_name(rule->to), "fallback-allowed");
	check_text("action", action_name(rule->action), "reject");
	check_text("operation", operation_name(rule->operation), "observe");
	check_text("ciphers", ciphers_name(rule->level.ciphers),
	    "forward-secret");
	check_text("peer", peer_name(rule->level.peer), "any");
	check_text("min-tls", tls_version_number(rule->level.min_tls), "1.2");
	check_number("min-bits", rule->level.min_bits, 128);
	check_number("patience", rule->patience, 14400);
	check_number("memory", rule->memory, 2592000);
	check_number("header-from", rule->header_from, false);
	assert_null(rule->help_url);
	assert_null(rule->class_name);
	assert_null(rule->level.peer_names);
	assert_memory_equal(&rule->level, &level_default,
	    sizeof(level_default));
}

static void
names_every_value(void **state)
{
	(void)state;
	check_text("mode", mode_name(MODE_REQUIRE), "require");
	check_text("mode", mode_name(MODE_PREFER), "prefer");
	check_text("action", action_name(ACTION_DEFER), "defer");
	check_text("operation", operation_name(OPERATION_STAMP), "stamp");
	check_text("operation", operation_name(OPERATION_ENFORCE), "enforce");
	check_text("ciphers", ciphers_name(CIPHERS_ANY), "any");
	check_text("ciphers", ciphers_name(CIPHERS_BCP195), "bcp195");
	check_text("peer", peer_name(PEER_TRUSTED), "trusted");
	check_text("peer", peer_name(PEER_NAMED), "named");
	check_text("none", mode_name((enum mode)99), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(has_the_defaults_of_the_manual),
	    check_unit_test(names_every_value),
	};

	return cmocka_run_group_tests_name("rule", tests, NULL, NULL);
}
