#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "milter/stamp/stampread.h"
#include "tests/unit/check.h"

#define HASH "YMyWc55ArtBKBTPv8KEe+XoCUW448ru0JlzmD6zxdaY="
#define GOOD                                                                  \
	"v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.org; s=2026a;"   \
	" t=1795428007; by=mx1.example.org; tls=TLSv1.3;"                     \
	" cipher=TLS_AES_256_GCM_SHA384; bits=256; cert=none;"                \
	" sender=sender.example; mode=require; h=from:to;"                    \
	" bh=" HASH "; b=AAAA"

/* What goes and stays of foreign and forged stamps; ours is example.org. */
static void
knows_claims(void **state)
{
	static const struct {
		const char *value;
		bool want;
	} rows[] = {
	    {GOOD, true},
	    {"d=example.org", true},
	    {" d = EXAMPLE.org. ; b=A", true},
	    {"\n\tv=1;\n d=\n example.org;\n b=A", true},
	    {"\r\n\tv=1;\r\n d=\r\n example.org;\r\n b=A", true},
	    {"d=a.b.example.org", true},
	    {"d=other.example", false},
	    {"v=2; d=other.example; x=?", false},
	    {"d=notexample.org", false},
	    {"d=org", false},
	    {"d=example.org.evil.example", false},
	    {"d=exampleXorg", false},
	    /* cannot be parsed */
	    {"", true},
	    {"yes, very", true},
	    {"v=1; b=AAAA", true},
	    {"d=", true},
	    {"d=a b", true},
	    {"d=other..example", true},
	    {"d=.other.example", true},
	    {"d=[192.0.2.1]", true},
	    {"d=other.example; d=other.example", true},
	    {"d=other.example; \xff", true},
	    {"D=other.example", true},
	    {"d=other.example; 1v=1", true},
	    /* another stamp for whoever decodes it first */
	    {"d=other.example; x==?utf-8?Q?=3B_d=3Dexample.org=3B?=", true},
	    {"d=other.example; x=a =?utf-8?B?O2Q9ZXhhbXBsZS5vcmc7?=", true},
	    {"d=other.example; x=a?=; b=AA==", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		check_number(rows[i].value,
		    stamp_claims_ours(slice_of(rows[i].value),
			slice_of("example.org")), rows[i].want);
}

/* The name, its colon, a space and the last CRLF are 22 octets. */
static void
counts_the_field(void **state)
{
	char value[STAMP_FIELD_MAX];

	(void)state;
	memset(value, 'x', sizeof(value));
	memcpy(value, "d=o.example; b=", 15);
	check_number("full", stamp_claims_ours(slice_make(value,
	    STAMP_FIELD_MAX - 22), slice_of("example.org")), false);
	check_number("over", stamp_claims_ours(slice_make(value,
	    STAMP_FIELD_MAX - 21), slice_of("example.org")), true);
	memcpy(value + 20, "\n ", 2);
	check_number("LF is CRLF", stamp_claims_ours(slice_make(value,
	    STAMP_FIELD_MAX - 22), slice_of("example.org")), true);
	check_number("its space", (long)stamp_field_size(slice_of(" x")),
	    (long)stamp_field_size(slice_of("x")));
}

/* Put a tag into the good list, in place of its like; NULL drops it. */
static void
put_changed(const char *name, const char *value, struct buf *out)
{
	struct slice rest = slice_of(GOOD), tag;
	bool done = value == NULL;

	while (rest.at != NULL) {
		struct slice text = tag = slice_cut(&rest, ';');
		struct slice tag_name = slice_trim(slice_cut(&text, '='));

		if (!slice_is(tag_name, name)) {
			buf_put_slice(out, tag);
			buf_putc(out, ';');
		} else if (value != NULL) {
			buf_printf(out, "%s=%s;", name, value);
			done = true;
		}
	}
	if (!done)
		buf_printf(out, " %s=%s", name, value);
}

static void
checks_each_tag(void **state)
{
	enum { GOOD_ONE = STAMP_FLAW_NONE, BAD = STAMP_FLAW_SYNTAX };
	static const struct {
		const char *name, *value;
		int want;
	} rows[] = {
	    {"none", "x", GOOD_ONE}, /* unknown tags are ignored */
	    {"v", "2", STAMP_FLAW_VERSION},
	    {"v", "", STAMP_FLAW_VERSION},
	    {"v", NULL, BAD},
	    {"a", "rsa-sha256", GOOD_ONE},
	    {"a", "rsa-sha1", STAMP_FLAW_ALGORITHM},
	    {"a", "ED25519-sha256", STAMP_FLAW_ALGORITHM},
	    {"a", NULL, BAD},
	    {"c", "simple/relaxed", BAD},
	    {"c", "relaxed", BAD},
	    {"c", NULL, BAD},
	    {"d", "Example.ORG.", GOOD_ONE},
	    {"d", "-", GOOD_ONE},
	    {"d", "a b", BAD},
	    {"d", NULL, BAD},
	    {"s", "a.b", GOOD_ONE},
	    {"s", "a..b", BAD},
	    {"s", "", BAD},
	    {"s", NULL, BAD},
	    {"t", "0", GOOD_ONE},
	    {"t", "999999999999", GOOD_ONE},
	    {"t", "1000000000000", BAD},
	    {"t", "-1", BAD},
	    {"t", "", BAD},
	    {"t", NULL, BAD},
	    {"by", "[192.0.2.1]", GOOD_ONE},
	    {"by", "mx!", BAD},
	    {"by", NULL, BAD},
	    {"id", "4cZ-9_.k", GOOD_ONE},
	    {"id", "", BAD},
	    {"id", "a b", BAD},
	    {"id", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		   "aaaaaaaaa", BAD},
	    {"tls", "TLSv1.2", GOOD_ONE},
	    {"tls", "", BAD},
	    {"tls", "TLS/1", BAD},
	    {"tls", NULL, BAD},
	    {"cipher", "ECDHE-RSA-AES256-GCM-SHA384", GOOD_ONE},
	    {"cipher", "A.B", BAD},
	    {"cipher", NULL, BAD},
	    {"bits", "0", GOOD_ONE},
	    {"bits", "99999", GOOD_ONE},
	    {"bits", "100000", BAD},
	    {"bits", "+1", BAD},
	    {"bits", NULL, BAD},
	    {"cert", "trusted", GOOD_ONE},
	    {"cert", "failed", GOOD_ONE},
	    {"cert", "unknown", GOOD_ONE},
	    {"cert", "Trusted", BAD},
	    {"cert", NULL, BAD},
	    {"cn", "x", BAD}, /* cert= is not trusted */
	    {"ip", "192.0.2.1", GOOD_ONE},
	    {"ip", "2001:db8::1", GOOD_ONE},
	    {"ip", "2001:DB8::1", BAD},
	    {"ip", "2001:db8:0:0::1", BAD},
	    {"ip", "::ffff:192.0.2.1", BAD},
	    {"ip", "192.0.2.256", BAD},
	    {"ip", "", BAD},
	    {"sender", "-", GOOD_ONE},
	    {"sender", "[192.0.2.1]", GOOD_ONE},
	    {"sender", "", BAD},
	    {"sender", "a@b", BAD},
	    {"sender", NULL, BAD},
	    {"rcpt", "example.org", GOOD_ONE},
	    {"rcpt", "-", GOOD_ONE},
	    {"rcpt", "", BAD},
	    {"rs", "AAECAwQFBgcICQoLDA0ODw==", BAD}, /* without rc= */
	    {"rc", HASH, BAD},
	    {"mode", "prefer", GOOD_ONE},
	    {"mode", "fallback-allowed", GOOD_ONE},
	    {"mode", "Require", BAD},
	    {"mode", NULL, BAD},
	    {"requiretls", "y", GOOD_ONE},
	    {"requiretls", "n", BAD},
	    {"next", "require", GOOD_ONE},
	    {"next", "prefer", BAD},
	    {"h", "FROM", GOOD_ONE},
	    {"h", "to\r\n : from :\r\n cc", GOOD_ONE},
	    {"h", "to", BAD},
	    {"h", "from:", BAD},
	    {"h", "from::to", BAD},
	    {"h", "fr om", BAD},
	    {"h", "", BAD},
	    {"h", NULL, BAD},
	    {"bh", "AAAA", BAD},
	    {"bh", NULL, BAD},
	    {"b", "AAAA\r\n AAAA", GOOD_ONE},
	    {"b", "", BAD},
	    {"b", "AAA", BAD},
	    {"b", NULL, BAD},
	};
	struct taglist tags;
	struct stamp stamp;
	const char *name;
	struct buf text;
	char row[300];
	size_t i;

	(void)state;
	buf_init(&text, 2000);
	for (i = 0; i < LENGTH(rows); i++) {
		buf_reset(&text);
		put_changed(rows[i].name, rows[i].value, &text);
		(void)snprintf(row, sizeof(row), "%s=%s", rows[i].name,
		    rows[i].value == NULL ? "(none)" : rows[i].value);
		check_number(row, stamp_read_tags(buf_slice(&text), &tags),
		    STATUS_OK);
		check_number(row, stamp_read(&tags, &stamp, &name),
		    rows[i].want);
		if (rows[i].want != STAMP_FLAW_NONE &&
		    strcmp(rows[i].name, "rc") != 0)
			check_text(row, name, rows[i].name);
	}
	buf_clear(&text);
}

static void
reads_values(void **state)
{
	static const char text[] = GOOD "; id=x; cert=trusted; cn=A=20B=3B\n"
	    " =C3=B6; rs=AAECAwQFBgcICQoLDA0ODw==; rc=" HASH;
	static const char *const names[] = {"from", "to"};
	char value[sizeof(text)];
	struct slice rest, name;
	struct taglist tags;
	struct stamp stamp;
	const char *flaw;
	size_t count = 0;

	(void)state;
	memcpy(value, text, sizeof(text));
	memcpy(strstr(value, "cert=none"), "xxxx=none", 9);
	assert_int_equal(stamp_read_tags(slice_of(value), &tags), STATUS_OK);
	assert_int_equal(stamp_read(&tags, &stamp, &flaw), STAMP_FLAW_NONE);
	check_text("d", stamp.domain.text, "example.org");
	check_slice("s", stamp.selector, "2026a");
	check_number("t", (long)stamp.time, 1795428007);
	check_slice("by", stamp.by, "mx1.example.org");
	check_slice("id", stamp.id, "x");
	check_number("bits", (long)stamp.bits, 256);
	check_number("cert", stamp.cert, CERT_TRUSTED);
	check_slice("cn", slice_make(stamp.cn, stamp.cn_len),
	    "A B;\xc3\xb6");
	check_number("bound", stamp.bound, true);
	check_number("salt", stamp.salt[15], 15);
	check_number("mode", stamp.mode, MODE_REQUIRE);
	check_number("signature", (long)stamp.signature_len, 3);
	rest = stamp.covered;
	while (stamp_covered_next(&rest, &name) && count < LENGTH(names))
		check_slice("h", name, names[count++]);
	check_number("names", (long)count, 2);
}

static void
empties_the_signature(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
	    {"v=1; bh=x; b=y", "v=1; bh=x; b="},
	    {"v=1; b= y\r\n z ; bh=x", "v=1; b=; bh=x"},
	    {" b =y; v=1", " b =; v=1"},
	    {"b=y;", "b=;"},
	    {"v=1", "v=1"},
	};
	struct taglist tags;
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, 100);
	for (i = 0; i < LENGTH(rows); i++) {
		buf_reset(&out);
		assert_int_equal(taglist_read(slice_of(rows[i].in), &tags),
		    STATUS_OK);
		stamp_put_unsigned(slice_of(rows[i].in), &tags, &out);
		check_text(rows[i].in, buf_text(&out), rows[i].want);
	}
	buf_clear(&out);
}

/* SHA-256 of "abc": FIPS 180-2, B.1. */
static void
names_stamps(void **state)
{
	char id[STAMP_ID_LEN + 1];

	(void)state;
	assert_int_equal(stamp_id_of((const unsigned char *)"abc", 3, id),
	    STATUS_OK);
	check_text("abc", id, "ba7816bf8f01cfea414140de5dae2223");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(knows_claims),
	    check_unit_test(counts_the_field),
	    check_unit_test(checks_each_tag),
	    check_unit_test(reads_values),
	    check_unit_test(empties_the_signature),
	    check_unit_test(names_stamps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
