#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "policy/base/attributes.h"
#include "policy/verdict.h"
#include "tests/unit/check.h"

/* The octets of `550 5.7.10 TEXT` CR LF (RFC 5321, 4.5.3.1.5). */
static size_t
line_length(const struct reply *reply)
{
	return strlen(reply->code) + 1 + strlen(reply->xcode) + 1 +
	    strlen(reply->text) + 2;
}

static void
orders_outcomes(void **state)
{
	static const struct {
		enum outcome outcome;
		const char *name;
		bool refuses;
	} rows[] = {
	    {OUTCOME_TRUSTED, "trusted", false},
	    {OUTCOME_PASS, "pass", false},
	    {OUTCOME_FALLBACK, "fallback", false},
	    {OUTCOME_WOULD_DEFER, "would-defer", false},
	    {OUTCOME_WOULD_REJECT, "would-reject", false},
	    {OUTCOME_DOWNGRADE, "downgrade", true},
	    {OUTCOME_DEFER, "defer", true},
	    {OUTCOME_REJECT, "reject", true},
	};
	struct verdict a, b;
	size_t i, k;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		memset(&a, 0, sizeof(a));
		a.outcome = rows[i].outcome;
		check_text(rows[i].name, outcome_name(a.outcome),
		    rows[i].name);
		check_number(rows[i].name, verdict_refuses(&a),
		    rows[i].refuses);
		for (k = 0; k < LENGTH(rows); k++) {
			memset(&b, 0, sizeof(b));
			a.outcome = rows[i].outcome;
			a.side = SIDE_FROM;
			b.outcome = rows[k].outcome;
			b.side = SIDE_TO;
			verdict_join(&a, &b);
			check_number(rows[i].name, a.outcome,
			    rows[i > k ? i : k].outcome);
			check_number(rows[i].name, a.side,
			    k > i ? SIDE_TO : SIDE_FROM);
		}
	}
}

/* What both sides have to say is kept, whoever wins. */
static void
joins_what_is_of_both(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 256; i++) {
		struct verdict a = {.met = (i & 1) != 0,
		    .all_stamp = (i & 2) != 0, .to_require = (i & 4) != 0,
		    .strictest = (enum mode)((i >> 3 & 3) % 3),
		    .outcome = OUTCOME_FALLBACK};
		struct verdict b = {.met = (i & 32) != 0,
		    .all_stamp = (i & 64) != 0, .to_require = (i & 128) != 0,
		    .strictest = MODE_PREFER,
		    .outcome = i % 2 == 0 ? OUTCOME_PASS : OUTCOME_REJECT};
		const struct verdict before = a;

		verdict_join(&a, &b);
		check_number("met", a.met, before.met && b.met);
		check_number("all_stamp", a.all_stamp,
		    before.all_stamp && b.all_stamp);
		check_number("to_require", a.to_require,
		    before.to_require && b.to_require);
		check_number("strictest", a.strictest,
		    before.strictest > MODE_PREFER ? before.strictest
						   : MODE_PREFER);
	}
}

static void
says_nothing_when_mail_passes(void **state)
{
	struct rule rule = rule_default;
	struct tlsinfo tls = {.state = TLS_NONE};
	struct reply reply;
	int outcome;

	(void)state;
	rule.help_url = "https://bank.example/";
	for (outcome = OUTCOME_TRUSTED; outcome <= OUTCOME_WOULD_REJECT;
	     outcome++) {
		struct verdict v = {.outcome = (enum outcome)outcome,
		    .rule = &rule, .gap = GAP_TLS};

		memset(&reply, 'x', sizeof(reply));
		verdict_reply(&v, &tls, &reply);
		check_text(outcome_name(v.outcome), reply.code, "");
		check_text(outcome_name(v.outcome), reply.xcode, "");
		check_text(outcome_name(v.outcome), reply.text, "");
		assert_null(reply.help);
	}
}

static void
says_what_failed_here(void **state)
{
	struct reply reply;

	(void)state;
	memset(&reply, 'x', sizeof(reply));
	reply_for_fault(&reply);
	check_text("code", reply.code, "451");
	check_text("xcode", reply.xcode, "4.3.0");
	check_text("text", reply.text,
	    "Policy service is not available, please retry");
	assert_null(reply.help);
}

/* A rule, a certificate that lacks the name, and what is said of it. */
static void
names_the_names(void **state)
{
	static const char *const one[] = {"*.bank.example"};
	static const char *const three[] = {"a.example", "b.example",
	    "*.c.example"};
	static const struct {
		const char *domain;
		const char *const *names;
		size_t count;
		const char *want;
	} rows[] = {
	    {"bank.example", NULL, 0, "bank.example asks for a client "
	     "certificate that is named bank.example or *.bank.example"},
	    {".bank.example", NULL, 0, ".bank.example asks for a client "
	     "certificate that is named bank.example or *.bank.example"},
	    {"bank.example", one, 1, "bank.example asks for a client "
	     "certificate that is named *.bank.example"},
	    {"bank.example", three, 3, "bank.example asks for a client "
	     "certificate that is named a.example or b.example or *.c.example"},
	};
	const struct tlsinfo tls = {.state = TLS_ESTABLISHED};
	struct rule rule = rule_default;
	struct reply reply;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct verdict v = {.outcome = OUTCOME_REJECT,
		    .side = SIDE_FROM, .gap = GAP_NAMED, .rule = &rule,
		    .domain = slice_of(rows[i].domain)};

		rule.level.peer_names = rows[i].names;
		rule.level.peer_name_count = rows[i].count;
		verdict_reply(&v, &tls, &reply);
		check_text(rows[i].domain, reply.text, rows[i].want);
		check_text(rows[i].domain, reply.xcode, "5.7.1");
	}
}

/* Every gap, side and outcome with names of every length. */
static void
keeps_within_a_line(void **state)
{
	static char name[254], token[TLS_TEXT_MAX + 1];
	const char *names[40];
	struct rule rule = rule_default;
	struct tlsinfo tls = {.state = TLS_ESTABLISHED, .bits_known = true,
	    .bits = 99999};
	struct reply reply;
	size_t len, i, cells = 0;
	int gap, side, outcome, count;

	(void)state;
	memset(token, 'c', TLS_TEXT_MAX);
	memcpy(tls.cipher, token, sizeof(token));
	memcpy(tls.version_text, token, sizeof(token));
	rule.level.min_bits = 65535;
	rule.level.ciphers = CIPHERS_BCP195;
	for (i = 0; i < LENGTH(names); i++)
		names[i] = name;
	for (len = 1; len <= 253; len++) {
		memset(name, 'd', len);
		for (count = 0; count <= 40; count += count < 3 ? 1 : 37)
		for (gap = GAP_UNKNOWN; gap <= GAP_NAMED; gap++)
		for (side = SIDE_FROM; side <= SIDE_HEADER_FROM; side++)
		for (outcome = OUTCOME_DOWNGRADE; outcome <= OUTCOME_REJECT;
		     outcome++) {
			struct verdict v = {
			    .outcome = (enum outcome)outcome,
			    .side = (enum side)side, .gap = (enum gap)gap,
			    .rule = &rule, .domain = slice_of(name),
			    .subject = slice_of(name)};

			rule.level.peer_names = count == 0 ? NULL : names;
			rule.level.peer_name_count = (size_t)count;
			verdict_reply(&v, &tls, &reply);
			cells++;
			if (line_length(&reply) > 512 ||
			    reply.text[0] == '\0' ||
			    strchr(reply.text, '%') != NULL)
				check_text("too long, empty or percent",
				    reply.text, "");
		}
	}
	print_message("%zu replies\n", cells);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(orders_outcomes),
	    check_unit_test(joins_what_is_of_both),
	    check_unit_test(says_nothing_when_mail_passes),
	    check_unit_test(says_what_failed_here),
	    check_unit_test(names_the_names),
	    check_unit_test(keeps_within_a_line),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
