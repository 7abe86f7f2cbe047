#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/base/attributes.h"
#include "policy/level.h"
#include "tests/unit/check.h"
#include "tests/unit/oracle.h"
#include "tests/unit/sessions.h"

static const char *const one_name[] = {"*.bank.example"};
static const char *const two_names[] = {"x.example", "mx.bank.example"};
static const unsigned bits[] = {0, 128, 129, 65535};

enum { LEVELS = 4 * 4 * 3 * 3 * 3 };

/* The i-th level, in both forms. */
static void
make_level(size_t i, struct level *level, struct oracle_rule *oracle)
{
	static const char ciphers[] = "afb", peers[] = "atn";
	size_t version = i % 4, names = i / 144 % 3;

	memset(level, 0, sizeof(*level));
	memset(oracle, 0, sizeof(*oracle));
	level->min_tls = (enum tls_version)(TLS_VERSION_1_0 + version);
	oracle->min_version = 10 + (int)version;
	level->min_bits = bits[i / 4 % 4];
	oracle->min_bits = (int)level->min_bits;
	level->ciphers = (enum ciphers)(i / 16 % 3);
	oracle->ciphers = ciphers[i / 16 % 3];
	level->peer = (enum peer)(i / 48 % 3);
	oracle->peer = peers[i / 48 % 3];
	oracle->title = "bank.example";
	if (names == 0)
		return;
	level->peer_names = names == 1 ? one_name : two_names;
	level->peer_name_count = names;
	memcpy(oracle->names, level->peer_names,
	    names * sizeof(oracle->names[0]));
}

static char
letter_of_gap(enum gap gap)
{
	static const char letters[] = "-unvbctm";

	return letters[gap];
}

static void
agrees_with_the_oracle(void **state)
{
	struct oracle_session session;
	struct oracle_rule rule;
	struct level level;
	struct tlsinfo tls;
	char row[64];
	size_t i, k;

	(void)state;
	for (i = 0; i < LEVELS; i++) {
		make_level(i, &level, &rule);
		for (k = 0; k < SESSIONS; k++) {
			enum gap got;

			sessions_make(k, &tls, &session);
			got = level_check(&level, slice_of("bank.example"),
			    &tls);
			if (letter_of_gap(got) ==
			    oracle_lack(&rule, &session))
				continue;
			(void)snprintf(row, sizeof(row),
			    "level %zu session %zu", i, k);
			check_number(row, letter_of_gap(got),
			    oracle_lack(&rule, &session));
		}
	}
	print_message("%d cells\n", LEVELS * SESSIONS);
}

static void
matches_peer_names(void **state)
{
	static const struct {
		const char *name, *pattern;
		bool want;
	} rows[] = {
	    {"bank.example", "bank.example", true},
	    {"mx.bank.example", "bank.example", false},
	    {"mx.bank.example", "*.bank.example", true},
	    {"a.mx.bank.example", "*.bank.example", false},
	    {"bank.example", "*.bank.example", false},
	    {".bank.example", "*.bank.example", false},
	    {"mxbank.example", "*.bank.example", false},
	    {"mx.bank.example", "mx.*.example", false},
	    {"mx.bank.example", "m*.bank.example", false},
	    {"mx.bank.example", "*", false},
	    {"mx.bank.example.evil.example", "*.bank.example", false},
	    {"", "*.bank.example", false},
	    {"", "bank.example", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		check_number(rows[i].name,
		    peer_name_matches(slice_of(rows[i].name),
			slice_of(rows[i].pattern)), rows[i].want);
		check_number(rows[i].name, oracle_name_matches(rows[i].name,
		    rows[i].pattern), rows[i].want);
	}
}

/* The certificate's text as it stands in the macro, and the policy domain. */
static void
takes_names_of_certificates(void **state)
{
	static const struct {
		const char *cn, *domain;
		enum gap want;
	} rows[] = {
	    {"bank.example", "bank.example", GAP_NONE},
	    {"MX.Bank.Example", "bank.example", GAP_NONE},
	    {"mx.bank.example.", "bank.example", GAP_NONE},
	    {"mx.b\xc3\xa4nk.example", "xn--bnk-qla.example", GAP_NONE},
	    {"mx.bank.example", ".bank.example", GAP_NONE},
	    {"a.mx.bank.example", "bank.example", GAP_NAMED},
	    {"evil.example", "bank.example", GAP_NAMED},
	    {"*.bank.example", "bank.example", GAP_NAMED},
	    {".bank.example", "bank.example", GAP_NAMED},
	    {"mx.bank.example evil", "bank.example", GAP_NAMED},
	    {"[bank.example]", "bank.example", GAP_NAMED},
	    {"", "bank.example", GAP_NAMED},
	    {"", "*", GAP_NAMED},
	    {"*", "*", GAP_NAMED},
	    {"a.example", "*", GAP_NAMED},
	    {"192.0.2.1", "192.0.2.0/24", GAP_NAMED},
	    {"[192.0.2.1]", "[192.0.2.1]", GAP_NAMED},
	    {"", "", GAP_NAMED},
	};
	struct level level = level_default;
	struct tlsinfo tls = {.state = TLS_ESTABLISHED,
	    .version = TLS_VERSION_1_3, .bits_known = true, .bits = 256,
	    .cipher_class = CIPHER_KNOWN | CIPHER_FORWARD_SECRET,
	    .cert = CERT_TRUSTED};
	size_t i;

	(void)state;
	level.peer = PEER_NAMED;
	for (i = 0; i < LENGTH(rows); i++) {
		(void)snprintf(tls.cn, sizeof(tls.cn), "%s", rows[i].cn);
		check_number(rows[i].cn, level_check(&level,
		    slice_of(rows[i].domain), &tls), rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(agrees_with_the_oracle),
	    check_unit_test(matches_peer_names),
	    check_unit_test(takes_names_of_certificates),
	};

	return cmocka_run_group_tests_name("level", tests, NULL, NULL);
}
