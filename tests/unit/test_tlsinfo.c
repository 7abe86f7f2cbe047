#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/tlsinfo.h"
#include "tests/unit/check.h"

enum { NOT_ASKED = 1, IS_POSTFIX = 2 };

/* What each MTA sends (FACTS.md), and what must come of it. */
static const struct {
	const char *row;
	const char *version, *cipher, *bits, *verify, *cert_subject,
	    *cn_subject;
	unsigned flags;
	const char *state, *cert, *cn;
} rows[] = {
#define S "TLSv1.3", "TLS_AES_256_GCM_SHA384", "256"
    {"postfix plain", NULL, NULL, NULL, NULL, NULL, NULL, IS_POSTFIX, "none",
	"unknown", ""},
    {"postfix tls", S, NULL, NULL, NULL, IS_POSTFIX, "established", "unknown",
	""},
    {"postfix trusted", S, NULL, "mx.bank.example", NULL, IS_POSTFIX,
	"established", "trusted", "mx.bank.example"},
    {"postfix empty name", S, NULL, "", NULL, IS_POSTFIX, "established",
	"unknown", ""},
    {"postfix name with plus", S, NULL, "a+20b", NULL, IS_POSTFIX,
	"established", "trusted", "a+20b"},
    {"postfix cert without tls", NULL, NULL, NULL, NULL, "mx.bank.example",
	NULL, IS_POSTFIX, "none", "unknown", ""},
    {"sendmail plain", "", "", "0", "NONE", "", "", 0, "none", "unknown", ""},
    {"sendmail no cert", S, "NO", "", "", 0, "established", "none", ""},
    {"sendmail not asked", S, "NOT", "", "", 0, "established", "none", ""},
    {"sendmail NONE", S, "NONE", "", "", 0, "established", "none", ""},
    {"sendmail ok", S, "OK", "/O=Bank/CN=mx.bank.example", "mx.bank.example",
	0, "established", "trusted", "mx.bank.example"},
    {"sendmail coded", S, "OK", "/CN=Test+20CA", "Test+20CA", 0,
	"established", "trusted", "Test CA"},
    {"sendmail lower hex", S, "OK", "/CN=x", "a+c3+a4", 0, "established",
	"trusted", "a\xc3\xa4"},
    /* impostors */
    {"self-signed, verify not asked for", S, NULL, "/CN=mx.bank.example",
	"mx.bank.example", 0, "established", "unknown", ""},
    {"self-signed, bare", S, NULL, "mx.bank.example", NULL, 0, "established",
	"unknown", ""},
    {"self-signed, FAIL", S, "FAIL", "/CN=mx.bank.example", "mx.bank.example",
	0, "established", "failed", ""},
    {"verify empty", S, "", "/CN=mx.bank.example", "mx.bank.example", 0,
	"established", "unknown", ""},
    {"verify empty, postfix", S, "", "mx.bank.example", "mx.bank.example",
	IS_POSTFIX, "established", "unknown", ""},
    {"verify FAIL, postfix", S, "FAIL", "mx.bank.example", NULL, IS_POSTFIX,
	"established", "failed", ""},
    {"verify lower", S, "ok", "/CN=x", "mx.bank.example", 0, "established",
	"failed", ""},
    {"verify OKAY", S, "OKAY", "/CN=x", "mx.bank.example", 0, "established",
	"failed", ""},
    {"verify with blank", S, "OK ", "/CN=x", "mx.bank.example", 0,
	"established", "failed", ""},
    {"verify TEMP", S, "TEMP", "", "", 0, "established", "failed", ""},
    {"verify SOFTWARE", S, "SOFTWARE", "", "", 0, "established", "failed",
	""},
    {"DN only", S, "OK", "/O=x/CN=mx.bank.example/CN=evil", NULL, 0,
	"established", "trusted", ""},
    {"DN as bare name", S, "OK", "mx.bank.example", NULL, 0, "established",
	"trusted", ""},
    {"DN, empty name", S, "OK", "/O=x/CN=mx.bank.example", "", 0,
	"established", "trusted", ""},
    {"NUL in the name", S, "OK", "/CN=x", "mx.bank.example+00.evil", 0,
	"established", "trusted", ""},
    {"line feed in the name", S, "OK", "/CN=x", "mx+0A550", 0, "established",
	"trusted", ""},
    {"raw control", S, "OK", "/CN=x", "mx\r\n550", 0, "established",
	"trusted", ""},
    {"bad hex", S, "OK", "/CN=x", "mx.bank.example+2", 0, "established",
	"trusted", ""},
    {"bad hex digits", S, "OK", "/CN=x", "mx+zz", 0, "established",
	"trusted", ""},
    {"DEL", S, "OK", "/CN=x", "mx+7F", 0, "established", "trusted", ""},
    /* states */
    {"not asked", NULL, NULL, NULL, NULL, NULL, NULL, NOT_ASKED, "unknown",
	"unknown", ""},
    {"not asked, verify OK", NULL, NULL, NULL, "OK", "/CN=x", "x", NOT_ASKED,
	"unknown", "unknown", ""},
    {"not asked, yet sent", S, NULL, NULL, NULL, NOT_ASKED, "established",
	"unknown", ""},
    {"none by milter_macro_defaults", "none", NULL, NULL, NULL, NULL, NULL,
	NOT_ASKED | IS_POSTFIX, "none", "unknown", ""},
    {"None", "None", NULL, NULL, NULL, NULL, NULL, 0, "none", "unknown", ""},
    {"empty, not asked", "", NULL, NULL, NULL, NULL, NULL, NOT_ASKED, "none",
	"unknown", ""},
    {"cipher without version", NULL, "AES256-SHA", "256", "OK", NULL, "x", 0,
	"none", "unknown", ""},
#undef S
};

static void
reads_both_dialects(void **state)
{
	struct tlsinfo got;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		const struct tls_macros macros = {rows[i].version,
		    rows[i].cipher, rows[i].bits, rows[i].verify,
		    rows[i].cert_subject, rows[i].cn_subject,
		    (rows[i].flags & IS_POSTFIX) != 0,
		    (rows[i].flags & NOT_ASKED) == 0};

		tlsinfo_from_macros(&macros, &got);
		check_text(rows[i].row, tls_state_name(got.state),
		    rows[i].state);
		check_text(rows[i].row, cert_state_name(got.cert),
		    rows[i].cert);
		check_text(rows[i].row, got.cn, rows[i].cn);
		if (got.state == TLS_ESTABLISHED)
			continue;
		check_number(rows[i].row, got.version, TLS_VERSION_OTHER);
		check_number(rows[i].row, (long)got.cipher_class, 0);
		check_number(rows[i].row, got.bits_known, false);
		check_text(rows[i].row, got.version_text, "");
		check_text(rows[i].row, got.cipher, "");
	}
}

static void
bounds_the_name(void **state)
{
	char name[TLS_CN_MAX + 2];
	struct tls_macros macros = {.version = "TLSv1.2", .verify = "OK",
	    .cn_subject = name};
	struct tlsinfo got;

	(void)state;
	memset(name, 'a', sizeof(name));
	name[TLS_CN_MAX] = '\0';
	tlsinfo_from_macros(&macros, &got);
	check_text("longest", got.cn, name);
	name[TLS_CN_MAX] = 'a';
	name[TLS_CN_MAX + 1] = '\0';
	tlsinfo_from_macros(&macros, &got);
	check_text("too long", got.cn, "");
}

static void
validates_texts(void **state)
{
	static const struct {
		const char *version, *cipher, *want_version, *want_cipher;
	} texts[] = {
	    {"TLSv1.2", "AES256-SHA", "TLSv1.2", "AES256-SHA"},
	    {"TLSv1.2\r\n250 ok", "AES256%s", "", ""},
	    {"TLS v1.2", "AES 256", "", ""},
	    {"TLSv1.2%n", "A.B", "", ""},
	    {"TLSv1.2", "", "TLSv1.2", ""},
	    {"TLSv1.2", NULL, "TLSv1.2", ""},
	    {"TLSv1.2",
		"a123456789a123456789a123456789a123456789a123456789a123456789abcd",
		"TLSv1.2",
		"a123456789a123456789a123456789a123456789a123456789a123456789abcd"},
	    {"TLSv1.2",
		"a123456789a123456789a123456789a123456789a123456789a123456789abcde",
		"TLSv1.2", ""},
	};
	struct tlsinfo got;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(texts); i++) {
		const struct tls_macros macros = {.version = texts[i].version,
		    .cipher = texts[i].cipher};

		tlsinfo_from_macros(&macros, &got);
		check_text(texts[i].version, got.version_text,
		    texts[i].want_version);
		check_text(texts[i].version, got.cipher,
		    texts[i].want_cipher);
		check_number(texts[i].version, got.cipher_class != 0,
		    texts[i].want_cipher[0] != '\0');
	}
}

static void
reads_bits(void **state)
{
	static const struct {
		const char *in;
		long want; /* -1: no number */
	} numbers[] = {
	    {"0", 0}, {"40", 40}, {"256", 256}, {"99999", 99999},
	    {"00128", 128}, {"100000", -1}, {"000128", -1}, {"", -1},
	    {"-1", -1}, {"+256", -1}, {" 256", -1}, {"256 ", -1},
	    {"256/256", -1}, {"0x80", -1}, {"many", -1}, {NULL, -1},
	};
	struct tlsinfo got;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(numbers); i++) {
		const char *row = numbers[i].in == NULL ? "NULL"
							: numbers[i].in;
		const struct tls_macros macros = {.version = "TLSv1.2",
		    .bits = numbers[i].in};

		tlsinfo_from_macros(&macros, &got);
		check_number(row, got.bits_known, numbers[i].want >= 0);
		if (got.bits_known)
			check_number(row, (long)got.bits, numbers[i].want);
	}
}

static void
reads_versions(void **state)
{
	static const struct {
		const char *in;
		enum tls_version want;
	} versions[] = {
	    {"TLSv1", TLS_VERSION_1_0}, {"TLSv1.0", TLS_VERSION_1_0},
	    {"TLS1.0", TLS_VERSION_1_0}, {"TLSv1.1", TLS_VERSION_1_1},
	    {"TLSv1.2", TLS_VERSION_1_2}, {"TLS1.2", TLS_VERSION_1_2},
	    {"tlsv1.2", TLS_VERSION_1_2}, {"TLSv1.3", TLS_VERSION_1_3},
	    {"TLSv1.4", TLS_VERSION_LATER}, {"TLSv1.10", TLS_VERSION_LATER},
	    {"TLSv2", TLS_VERSION_LATER}, {"TLSv2.0", TLS_VERSION_LATER},
	    {"SSLv2", TLS_VERSION_SSL}, {"SSLv3", TLS_VERSION_SSL},
	    {"SSLv23", TLS_VERSION_SSL},
	    {"", TLS_VERSION_OTHER}, {"TLS", TLS_VERSION_OTHER},
	    {"TLSv", TLS_VERSION_OTHER}, {"TLSv0.9", TLS_VERSION_OTHER},
	    {"TLSv1.", TLS_VERSION_OTHER}, {"TLSv.3", TLS_VERSION_OTHER},
	    {"TLSv1.2.3", TLS_VERSION_OTHER}, {"TLSv1.-3", TLS_VERSION_OTHER},
	    {"TLSv1.999", TLS_VERSION_OTHER}, {"TLSv999", TLS_VERSION_OTHER},
	    {"TLSv1.2 ", TLS_VERSION_OTHER}, {"TLSvv1.2", TLS_VERSION_OTHER},
	    {"DTLSv1.2", TLS_VERSION_OTHER}, {"QUIC", TLS_VERSION_OTHER},
	    {"yes", TLS_VERSION_OTHER}, {"unknown", TLS_VERSION_OTHER},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(versions); i++)
		check_number(versions[i].in,
		    tls_version_parse(slice_of(versions[i].in)),
		    versions[i].want);
	check_text("1.0", tls_version_number(TLS_VERSION_1_0), "1.0");
	check_text("1.3", tls_version_number(TLS_VERSION_1_3), "1.3");
	check_text("later", tls_version_number(TLS_VERSION_LATER), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(reads_both_dialects),
	    check_unit_test(bounds_the_name),
	    check_unit_test(validates_texts),
	    check_unit_test(reads_bits),
	    check_unit_test(reads_versions),
	};

	return cmocka_run_group_tests_name("tlsinfo", tests, NULL, NULL);
}
