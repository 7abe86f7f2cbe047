#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "milter/ctl/period.h"
#include "milter/ctl/suggest_rule.h"

static struct session_facts
session(bool over_tls)
{
	struct session_facts facts = {
	    .direction = RECORD_IN,
	    .event = over_tls ? RECORD_PASS : RECORD_FALLBACK,
	    .sender = "bank.example",
	    .recipient = "example.org",
	    .address = "192.0.2.1",
	    .tls = {.state = over_tls ? TLS_ESTABLISHED : TLS_NONE},
	};

	if (!over_tls)
		return facts;
	facts.tls.version = TLS_VERSION_1_3;
	facts.tls.bits_known = true;
	facts.tls.bits = 256;
	facts.tls.cipher_class =
	    CIPHER_KNOWN | CIPHER_FORWARD_SECRET | CIPHER_AEAD;
	return facts;
}

/* One message over TLS for each letter t, one in clear for each c. */
static void
play(struct suggest_candidate *candidate, const char *letters)
{
	struct session_facts facts;
	int64_t day;

	suggest_candidate_init(candidate, "bank.example");
	for (day = 0; letters[day] != '\0'; day++) {
		facts = session(letters[day] == 't');
		facts.time = day * PERIOD_DAY_MS;
		if (letters[day] == 'c')
			facts.address = "198.51.100.1";
		suggest_add_sender(candidate, &facts);
	}
}

static void
test_decide(void **state)
{
	static const struct {
		const char *name;
		const char *sessions;
		enum mode in_force;
		enum suggest_left left;
		enum mode mode;
	} rows[] = {
	    {"all over TLS", "tttt", MODE_FALLBACK_ALLOWED, SUGGEST_NOT_LEFT,
		MODE_REQUIRE},
	    {"prefer in force", "tttt", MODE_PREFER, SUGGEST_NOT_LEFT,
		MODE_REQUIRE},
	    {"some in clear", "ttct", MODE_FALLBACK_ALLOWED,
		SUGGEST_NOT_LEFT, MODE_PREFER},
	    {"as much in force", "ttct", MODE_PREFER, SUGGEST_ALREADY,
		MODE_PREFER},
	    {"more in force", "ttct", MODE_REQUIRE, SUGGEST_ALREADY,
		MODE_REQUIRE},
	    {"all in clear", "cccc", MODE_FALLBACK_ALLOWED, SUGGEST_CLEAR,
		MODE_FALLBACK_ALLOWED},
	    {"few", "ttt", MODE_FALLBACK_ALLOWED, SUGGEST_FEW,
		MODE_FALLBACK_ALLOWED},
	    {"none", "", MODE_FALLBACK_ALLOWED, SUGGEST_FEW,
		MODE_FALLBACK_ALLOWED},
	};
	static const struct suggest_limits limits = {4, 3};
	static const bool asked[2] = {[RECORD_IN] = true};
	struct suggest_candidate candidate;
	struct suggestion got;
	struct rule rule = rule_default;
	struct match in_force = {&rule, slice_of("*")};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		play(&candidate, rows[i].sessions);
		rule.from = rows[i].in_force;
		check_number(rows[i].name,
		    suggest_decide(
			&candidate, &limits, &in_force, asked, &got),
		    rows[i].left == SUGGEST_NOT_LEFT);
		check_number(rows[i].name, got.left_from, rows[i].left);
		check_number(rows[i].name, got.left_to, SUGGEST_NOTHING);
		check_number(rows[i].name, got.from, rows[i].mode);
		check_number(rows[i].name, got.to, MODE_FALLBACK_ALLOWED);
		if (rows[i].left != SUGGEST_NOT_LEFT)
			continue;
		check_number(
		    rows[i].name, got.level.min_tls, TLS_VERSION_1_3);
		check_number(
		    rows[i].name, got.level.ciphers, CIPHERS_BCP195);
		check_number(rows[i].name, got.level.peer, PEER_ANY);
		check_number(rows[i].name, got.level.min_bits, 128);
	}
}

static void
test_enough(void **state)
{
	static const struct suggest_limits limits = {10, 30};

	(void)state;
	check_number("just", suggest_enough(&limits, 10, 1,
	    30 * PERIOD_DAY_MS + 1), SUGGEST_NOT_LEFT);
	check_number("one less", suggest_enough(&limits, 9, 1,
	    90 * PERIOD_DAY_MS), SUGGEST_FEW);
	check_number("a moment less", suggest_enough(&limits, 99, 1,
	    30 * PERIOD_DAY_MS), SUGGEST_SHORT);
}

/* Where there are more networks than places, the worst is assumed. */
static void
test_networks(void **state)
{
	struct suggest_candidate candidate;
	struct session_facts facts;
	char address[IPADDR_TEXT];
	unsigned i;

	(void)state;
	suggest_candidate_init(&candidate, "bank.example");
	for (i = 0; i < SUGGEST_NETWORKS; i++) {
		(void)snprintf(
		    address, sizeof(address), "2001:db8:%x::1", i);
		facts = session(i % 2 == 0);
		facts.address = address;
		suggest_add_sender(&candidate, &facts);
		suggest_add_sender(&candidate, &facts);
	}
	check_number("networks", (long)candidate.from.network_count,
	    SUGGEST_NETWORKS);
	check_number("apart", suggest_is_mixed(&candidate.from), false);
	check_number("hosts", (long)candidate.from.host_count, SUGGEST_HOSTS);
	check_number("more hosts", candidate.from.more_hosts, true);
	facts = session(true);
	suggest_add_sender(&candidate, &facts);
	check_number("too many", suggest_is_mixed(&candidate.from), true);
	suggest_candidate_init(&candidate, "bank.example");
	facts.address = "192.0.2.9";
	suggest_add_sender(&candidate, &facts);
	facts = session(false);
	suggest_add_sender(&candidate, &facts);
	check_number("one network", suggest_is_mixed(&candidate.from), true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_decide, check_rows),
	    cmocka_unit_test_teardown(test_enough, check_rows),
	    cmocka_unit_test_teardown(test_networks, check_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
