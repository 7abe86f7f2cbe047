#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "milter/session/authresults.h"

#define HOST "mx.example.org"

static void
test_claims(void **state)
{
	static const struct {
		const char *name;
		const char *value;
		bool want;
	} rows[] = {
	    {"plain", "mx.example.org; x-tls=pass", true},
	    {"leading blank", " mx.example.org; x-tls=pass", true},
	    {"no result", "mx.example.org; none", true},
	    {"alone", "mx.example.org", true},
	    {"no blank", "mx.example.org;x-tls=pass", true},
	    {"case", "MX.Example.ORG; x-tls=pass", true},
	    {"final dot", "mx.example.org.; x-tls=pass", true},
	    {"version", "mx.example.org 1; x-tls=pass", true},
	    {"folded", "\r\n\tmx.example.org\r\n 1\r\n ; x-tls=pass", true},
	    {"folded with LF", "\n\tmx.example.org\n ;\n x-tls=pass", true},
	    {"comment in front", "(a) mx.example.org; x-tls=pass", true},
	    {"comments", "(a (b) \\) c) (d)\r\n mx.example.org(e)1; n=none",
		true},
	    {"comment names another", "(other.example;) mx.example.org; x=p",
		true},
	    {"quoted", "\"mx.example.org\"; x-tls=pass", true},
	    {"quoted pairs", "\"m\\x.ex\\ample.org\"; x-tls=pass", true},
	    {"quoted and folded", "\"mx.\r\nexample.org\"; x-tls=pass", true},
	    {"quoted blanks", "\" mx.example.org \"; x-tls=pass", true},
	    {"another", "other.example; x-tls=pass", false},
	    {"below", "a.mx.example.org; x-tls=pass", false},
	    {"above", "example.org; x-tls=pass", false},
	    {"longer", "mx.example.org.evil.example; x-tls=pass", false},
	    {"longer label", "xmx.example.org; x-tls=pass", false},
	    {"ours in a comment", "(mx.example.org) other.example; x=p",
		false},
	    {"ours in a result", "other.example; dkim=pass "
		"header.d=mx.example.org", false},
	    {"ours in a quoted one", "\"mx.example.org x\"; x-tls=pass",
		false},
	    {"empty", "", false},
	    {"blank", " \t", false},
	    {"nothing of ours", ";;;", false},
	    {"no authserv-id", "spf=pass smtp.mailfrom=a.example", false},
	    /* What nobody can read, and speaks of us, goes. */
	    {"no id, ours", "spf=pass smtp.mailfrom=MX.example.org", true},
	    {"open comment", "(mx.example.org; x-tls=pass", true},
	    {"open quote", "\"mx.example.org; x-tls=pass", true},
	    {"junk behind", "mx.example.org=; x-tls=pass", true},
	    {"junk before", "; mx.example.org; x-tls=pass", true},
	    {"two tokens joined", "mx.example.org\"\"; x-tls=pass", true},
	    /* Whoever decodes before parsing may read our name there. */
	    {"encoded id", "=?us-ascii?Q?mx=2Eexample=2Eorg;?= x-tls=pass",
		true},
	    {"encoded in a comment", "(=?us-ascii?Q?)_mx=2Eexample.org;?=) "
		"other.example; x-tls=pass", true},
	    {"encoded in a result", "other.example; x=p "
		"reason=\"=?us-ascii?Q?mx=2Eexample.org?=\"", false},
	    {"no-break space", "\xc2\xa0mx.example.org; x-tls=pass", true},
	    {"no-break space behind", "mx.example.org\xc2\xa0; x-tls=pass",
		true},
	    {"no UTF-8", "\xa0mx.example.org; x-tls=pass", true},
	    {"byte order mark", "\xef\xbb\xbfmx.example.org; x-tls=pass",
		true},
	    {"soft hyphen", "mx.exam\xc2\xadple.org; x-tls=pass", true},
	    {"full width", "mx.example\xef\xbc\x8eorg; x-tls=pass", true},
	    {"odd, another", "\xc2\xa0other.example; x-tls=pass", false},
	    {"open comment, another", "(other.example; x-tls=pass", false},
	    {"escape at the end", "\"mx.example.org\\", true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		check_number(rows[i].name,
		    authresults_claims(slice_of(rows[i].value), HOST),
		    rows[i].want);
}

/* RFC 8616: a U-label may stand for the A-label, and the other way round. */
static void
test_idn(void **state)
{
	static const char a_label[] = "mx.xn--bcher-kva.example";
	static const char u_label[] = "mx.b\xc3\xbc" "cher.example; x-tls=pass";

	(void)state;
	check_number("U-label", authresults_claims(slice_of(u_label), a_label),
	    true);
	check_number("A-label", authresults_claims(
	    slice_of("mx.XN--bcher-kva.example; n=none"), a_label), true);
	check_number("host that is no name", authresults_claims(
	    slice_of("\"My \\\"Host\"; n=none"), "my \"host"), true);
}

static struct tlsinfo
session(enum tls_state state, const char *version, const char *cipher,
    unsigned bits)
{
	struct tlsinfo tls = {
	    .state = state, .bits_known = bits > 0, .bits = bits};

	(void)snprintf(
	    tls.version_text, sizeof(tls.version_text), "%s", version);
	(void)snprintf(tls.cipher, sizeof(tls.cipher), "%s", cipher);
	return tls;
}

static void
test_write(void **state)
{
	static const struct {
		const char *name;
		const char *host;
		enum tls_state state;
		const char *version, *cipher;
		unsigned bits;
		const char *client; /* NULL: none */
		const char *want;
	} rows[] = {
	    {"TLS", HOST, TLS_ESTABLISHED, "TLSv1.3",
		"TLS_AES_256_GCM_SHA384", 256, "192.0.2.1",
		"mx.example.org;\n\tx-tls=pass smtp.version=TLSv1.3 "
		"smtp.cipher=TLS_AES_256_GCM_SHA384\n\tsmtp.bits=256"},
	    {"short", HOST, TLS_ESTABLISHED, "TLSv1.2", "AES128-SHA", 128,
		NULL, "mx.example.org;\n\tx-tls=pass smtp.version=TLSv1.2 "
		"smtp.cipher=AES128-SHA smtp.bits=128"},
	    {"version alone", HOST, TLS_ESTABLISHED, "TLSv1.2", "", 0, NULL,
		"mx.example.org;\n\tx-tls=pass smtp.version=TLSv1.2"},
	    {"nothing but TLS", HOST, TLS_ESTABLISHED, "", "", 0, NULL,
		"mx.example.org;\n\tx-tls=pass"},
	    {"clear", HOST, TLS_NONE, "", "", 0, "192.0.2.1",
		"mx.example.org;\n\tx-tls=none smtp.remote-ip=192.0.2.1"},
	    {"clear, IPv6", HOST, TLS_NONE, "", "", 0, "2001:db8::1",
		"mx.example.org;\n\tx-tls=none "
		"smtp.remote-ip=\"2001:db8::1\""},
	    {"clear, no address", HOST, TLS_NONE, "", "", 0, NULL,
		"mx.example.org;\n\tx-tls=none"},
	    {"unknown", HOST, TLS_UNKNOWN, "", "", 0, "192.0.2.1", ""},
	    {"host that is no token", "a \"b\\\x01\xff;(", TLS_NONE, "", "",
		0, NULL, "\"a \\\"b\\\\??;(\";\n\tx-tls=none"},
	};
	char storage[AUTHRESULTS_MAX];
	struct ipaddr addr;
	struct tlsinfo tls;
	struct buf out;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		tls = session(rows[i].state, rows[i].version, rows[i].cipher,
		    rows[i].bits);
		if (rows[i].client != NULL)
			assert_true(ipaddr_parse(
			    slice_of(rows[i].client), &addr));
		buf_init_fixed(&out, storage, sizeof(storage));
		authresults_write(rows[i].host, &tls,
		    rows[i].client == NULL ? NULL : &addr, &out);
		check_text(rows[i].name, buf_text(&out), rows[i].want);
	}
}

/* The longest that a session can give is written whole. */
static void
test_longest(void **state)
{
	char storage[AUTHRESULTS_MAX], host[256], text[TLS_TEXT_MAX + 1];
	struct tlsinfo tls;
	struct buf out;

	(void)state;
	memset(host, '"', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	memset(text, 'A', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	tls = session(TLS_ESTABLISHED, text, text, 99999);
	buf_init_fixed(&out, storage, sizeof(storage));
	authresults_write(host, &tls, NULL, &out);
	assert_int_equal(buf_status(&out), STATUS_OK);
	assert_true(slice_holds(buf_slice(&out), "smtp.bits=99999"));
}

/* Forged ones go from the last to the first; then ours comes. */
static void
test_edits(void **state)
{
	static const char *const values[] = {HOST "; x-tls=pass",
	    "other.example; x-tls=pass", "(x)" HOST "; none"};
	struct tlsinfo tls = session(TLS_ESTABLISHED, "TLSv1.3", "", 0);
	struct authresults results;
	struct edits edits;
	struct arena *arena;
	size_t i;

	(void)state;
	assert_int_equal(arena_new(512, 65536, &arena), STATUS_OK);
	edits_reset(&edits);
	authresults_begin(&results, HOST);
	check_number("work", authresults_has_work(&results), true);
	for (i = 0; i < LENGTH(values); i++) {
		authresults_header(&results, arena,
		    slice_of("authentication-RESULTS"), slice_of(values[i]));
		authresults_header(&results, arena, slice_of("X-Other"),
		    slice_of(values[0]));
	}
	assert_int_equal(authresults_finish(
	    &results, arena, &tls, NULL, &edits), STATUS_OK);
	check_number("edits", (long)edits.count, 3);
	check_number("first", edits.first->occurrence, 3);
	check_number("second", edits.first->next->occurrence, 1);
	check_number("last", edits.last->kind, EDIT_INSERT_FIELD);

	edits_reset(&edits);
	authresults_begin(&results, NULL);
	check_number("off", authresults_has_work(&results), false);
	authresults_header(&results, arena,
	    slice_of(AUTHRESULTS_FIELD_NAME), slice_of(values[0]));
	assert_int_equal(authresults_finish(
	    &results, arena, &tls, NULL, &edits), STATUS_OK);
	check_number("off, edits", (long)edits.count, 0);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_claims, check_rows),
	    cmocka_unit_test_teardown(test_idn, check_rows),
	    cmocka_unit_test_teardown(test_write, check_rows),
	    cmocka_unit_test_teardown(test_longest, check_rows),
	    cmocka_unit_test_teardown(test_edits, check_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
