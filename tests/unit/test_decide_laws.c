#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/base/attributes.h"
#include "policy/decide.h"
#include "tests/unit/check.h"
#include "tests/unit/sessions.h"

/* Laws that hold whatever the words of a reply are. */

enum { LEVELS = 4 * 3 * 3 * 3 };

static struct table *table;
static struct domain sender, recipient, other;

/* A table in which `a.example` has the rule, and nobody else has one. */
static const struct rule *
make_table(const struct rule *rule)
{
	const struct rule *kept;

	table_free(&table);
	if (table_new(&table) != STATUS_OK)
		fail_msg("no memory");
	kept = table_keep(table, rule);
	assert_non_null(kept);
	check_number("add", table_add_domain(table, &sender, SCOPE_TREE, kept),
	    STATUS_OK);
	return kept;
}

static int
make(void **state)
{
	(void)state;
	domain_normalize(slice_of("a.example"), &sender);
	domain_normalize(slice_of("b.example"), &recipient);
	domain_normalize(slice_of("c.example"), &other);
	return 0;
}

static int
drop(void **state)
{
	table_free(&table);
	return check_rows(state);
}

static void
make_level(size_t i, struct level *level)
{
	static const unsigned bits[] = {0, 128, 256};
	static const char *const names[] = {"*.bank.example"};

	level->min_tls = (enum tls_version)(TLS_VERSION_1_0 + i % 4);
	level->min_bits = bits[i / 4 % 3];
	level->ciphers = (enum ciphers)(i / 12 % 3);
	level->peer = (enum peer)(i / 36 % 3);
	level->peer_names = names;
	level->peer_name_count = 1;
}

static struct facts
facts_from_sender(const struct tlsinfo *tls)
{
	struct facts facts = {.tls = tls, .judged = true,
	    .senders = &sender, .sender_count = 1,
	    .recipients = &recipient, .recipient_count = 1,
	    .operation = OPERATION_ENFORCE,
	    .history = {.met_before = true, .met_age = 60}};

	return facts;
}

/* The verdict on every session under one rule. */
static void
judge_all(const struct rule *rule, enum outcome out[SESSIONS])
{
	struct oracle_session unused;
	struct verdict verdict;
	struct tlsinfo tls;
	size_t i;

	(void)make_table(rule);
	for (i = 0; i < SESSIONS; i++) {
		struct facts facts = facts_from_sender(&tls);

		sessions_make(i, &tls, &unused);
		decide_recipient(table, &facts, &verdict);
		out[i] = verdict.outcome;
	}
}

/* Returns how many steps were looked at. */
static size_t
check_steps(const enum outcome outcomes[SESSIONS])
{
	size_t i, steps = 0;
	int dimension;

	for (i = 0; i < SESSIONS_ESTABLISHED; i++) {
		if (outcomes[i] > outcomes[SESSION_NONE])
			check_number("some TLS is worse than none",
			    outcomes[i], outcomes[SESSION_NONE]);
		for (dimension = 0; dimension < DIMENSIONS; dimension++) {
			size_t more = sessions_better(i,
			    (enum session_dimension)dimension);

			if (more == SESSIONS)
				continue;
			steps++;
			if (outcomes[more] > outcomes[i])
				check_number("more is worse", (long)more,
				    (long)i);
		}
	}
	return steps;
}

static void
more_tls_is_never_judged_stricter(void **state)
{
	static enum outcome outcomes[SESSIONS];
	struct rule rule = rule_default;
	size_t level, steps = 0;
	int mode, action, operation;

	(void)state;
	for (level = 0; level < LEVELS; level++)
	for (mode = MODE_FALLBACK_ALLOWED; mode <= MODE_REQUIRE; mode++)
	for (action = ACTION_REJECT; action <= ACTION_DEFER; action++)
	for (operation = OPERATION_OBSERVE; operation <= OPERATION_ENFORCE;
	     operation += 2) {
		make_level(level, &rule.level);
		rule.from = (enum mode)mode;
		rule.action = (enum action)action;
		rule.operation = (enum operation)operation;
		judge_all(&rule, outcomes);
		steps += check_steps(outcomes);
	}
	print_message("%zu steps\n", steps);
}

/* Only a session that meets the level gets through; no other does. */
static void
require_refuses_whatever_is_not_met(void **state)
{
	struct rule rule = rule_default;
	struct oracle_session unused;
	struct verdict verdict;
	struct tlsinfo tls;
	size_t level, i;
	int action;

	(void)state;
	rule.from = MODE_REQUIRE;
	rule.operation = OPERATION_ENFORCE;
	for (level = 0; level < LEVELS; level++)
	for (action = ACTION_REJECT; action <= ACTION_DEFER; action++) {
		make_level(level, &rule.level);
		rule.action = (enum action)action;
		(void)make_table(&rule);
		for (i = 0; i < SESSIONS; i++) {
			struct facts facts = facts_from_sender(&tls);
			enum gap gap;

			sessions_make(i, &tls, &unused);
			gap = level_check(&rule.level, slice_of("a.example"),
			    &tls);
			decide_recipient(table, &facts, &verdict);
			check_number("require", verdict_refuses(&verdict),
			    gap != GAP_NONE);
			if (gap != GAP_NONE)
				check_number("gap", verdict.gap, gap);
			check_number("met", verdict.met && gap != GAP_NONE,
			    false);
		}
	}
}

static const struct rule *
keep_variant(int i)
{
	struct rule rule = rule_default;

	rule.from = rule.to = (enum mode)(i % 3);
	rule.action = (enum action)(i / 3 % 2);
	rule.operation = (enum operation)(i / 6 % 3);
	rule.level.min_tls = i / 18 % 2 == 0 ? TLS_VERSION_1_2
					     : TLS_VERSION_1_3;
	return table_keep(table, &rule);
}

/* The outcome with one more rule: a second domain, a client, REQUIRETLS. */
static void
check_additions(struct facts facts, const struct domain *more,
    const struct ipaddr *client)
{
	struct domain both[FACTS_DOMAINS] = {facts.senders[0], *more};
	struct verdict before, after;

	decide_recipient(table, &facts, &before);
	facts.senders = both;
	facts.sender_count = 2;
	decide_recipient(table, &facts, &after);
	assert_true(after.outcome >= before.outcome);
	before = after;
	facts.client_addr = client;
	decide_recipient(table, &facts, &after);
	assert_true(after.outcome >= before.outcome);
	assert_true(after.strictest >= before.strictest);
	before = after;
	facts.requiretls = true;
	decide_recipient(table, &facts, &after);
	assert_true(after.outcome >= before.outcome);
	assert_int_equal(after.strictest, MODE_REQUIRE);
}

static void
a_rule_more_never_loosens(void **state)
{
	static const size_t sessions[] = {SESSION_NONE, SESSION_UNKNOWN,
	    4 + 7 * (5 + 6 * 4), 5 + 7 * (5 + 6 * 4), 2 + 7 * (5 + 6 * 4)};
	struct oracle_session unused;
	struct network net;
	struct tlsinfo tls;
	struct ipaddr client;
	int i, k, m;
	size_t s;

	(void)state;
	assert_true(ipaddr_parse(slice_of("192.0.2.1"), &client));
	network_of(&client, 120, &net);
	for (i = 0; i < 36; i++)
	for (k = 0; k < 36; k++)
	for (m = 0; m < 36; m += 5) {
		table_free(&table);
		assert_int_equal(table_new(&table), STATUS_OK);
		assert_int_equal(table_add_domain(table, &sender, SCOPE_TREE,
		    keep_variant(i)), STATUS_OK);
		assert_int_equal(table_add_domain(table, &other, SCOPE_TREE,
		    keep_variant(k)), STATUS_OK);
		assert_int_equal(table_add_network(table, &net, slice_of("x"),
		    keep_variant(m)), STATUS_OK);
		assert_int_equal(table_freeze(table), STATUS_OK);
		for (s = 0; s < LENGTH(sessions); s++) {
			sessions_make(sessions[s], &tls, &unused);
			check_additions(facts_from_sender(&tls), &other,
			    &client);
		}
	}
}

/* Of equals the first speaks: from, to, client, REQUIRETLS. */
static void
the_first_of_equals_speaks(void **state)
{
	static const struct {
		bool has_sender, to_speaks, has_client;
		enum side want;
	} rows[] = {
	    {true, true, true, SIDE_FROM},
	    {false, true, true, SIDE_TO},
	    {false, false, true, SIDE_CLIENT},
	    {false, false, false, SIDE_REQUIRETLS},
	};
	const struct tlsinfo tls = {.state = TLS_NONE};
	struct rule rule = rule_default;
	const struct rule *kept;
	struct network net;
	struct ipaddr client;
	struct verdict got;
	size_t i;

	(void)state;
	rule.from = rule.to = MODE_REQUIRE;
	rule.operation = OPERATION_ENFORCE;
	kept = make_table(&rule);
	assert_true(ipaddr_parse(slice_of("192.0.2.1"), &client));
	network_of(&client, 128, &net);
	check_number("net", table_add_network(table, &net,
	    slice_of("192.0.2.1"), kept), STATUS_OK);
	check_number("to", table_add_domain(table, &recipient, SCOPE_TREE,
	    kept), STATUS_OK);
	check_number("freeze", table_freeze(table), STATUS_OK);
	for (i = 0; i < LENGTH(rows); i++) {
		struct facts facts = facts_from_sender(&tls);

		facts.requiretls = true;
		facts.sender_count = rows[i].has_sender ? 1 : 0;
		facts.recipients = rows[i].to_speaks ? &recipient : &other;
		facts.client_addr = rows[i].has_client ? &client : NULL;
		decide_recipient(table, &facts, &got);
		check_text("side", side_name(got.side),
		    side_name(rows[i].want));
	}
}

int
main(void)
{
#define LAW(f) cmocka_unit_test_setup_teardown(f, make, drop)
	const struct CMUnitTest tests[] = {
	    LAW(more_tls_is_never_judged_stricter),
	    LAW(require_refuses_whatever_is_not_met),
	    LAW(a_rule_more_never_loosens),
	    LAW(the_first_of_equals_speaks),
	};

	return cmocka_run_group_tests_name("laws of decide", tests, NULL,
	    NULL);
}
