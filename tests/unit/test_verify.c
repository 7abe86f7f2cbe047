#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "milter/stamp/keyring.h"
#include "milter/stamp/stamper.h"
#include "milter/stamp/stampread.h"
#include "milter/stamp/verify.h"
#include "tests/unit/check.h"
#include "tests/unit/vectors.h"

enum { NOW = 1795428007 + 60 };

/* What lookup() answers: the text of a key file, or a failure. */
struct keys {
	const char *text;
	enum status status;
};

static enum status
lookup(void *context, const char *name, struct buf *record)
{
	const struct keys *keys = context;
	struct slice found;

	if (keys->status != STATUS_OK)
		return keys->status;
	if (!keyring_find(slice_of(keys->text), slice_of(name), &found))
		return STATUS_NOTFOUND;
	buf_put_slice(record, found);
	return buf_status(record);
}

#define NAME "2026a._delivered-securely.example.org "
#define P    "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static const char good_keys[] = NAME "v=DS1; k=ed25519; p=" P "\n";

/* What result_of() found last. */
static struct verification last;

/* Verify text; `pass`, `fail body` and so on. */
static const char *
result_of(struct slice text, const char *keys_text, const char *trusted,
    const char *recipient)
{
	static char words[64];
	struct keys keys = {keys_text, STATUS_OK};
	struct verify_query query = {.message = text, .now = NOW,
	    .lookup = lookup, .context = &keys};
	struct domain domain;
	struct fault fault;

	if (trusted != NULL) {
		domain_normalize(slice_of(trusted), &domain);
		query.trusted = &domain;
		query.trusted_count = 1;
	}
	query.recipient = slice_of(recipient);
	assert_int_equal(verify_message(&query, &last, &fault), STATUS_OK);
	(void)snprintf(words, sizeof(words), "%s%s%s",
	    verify_result_name(last.finding.result),
	    last.finding.reason == VERIFY_REASON_NONE ? "" : " ",
	    verify_reason_name(last.finding.reason));
	return words;
}

static void
judges_the_vectors(void **state)
{
	static const struct {
		const char *file, *want;
	} rows[] = {
	    {"stamp/plain.eml", "pass"},
	    {"stamp/folded.eml", "pass"},
	    {"stamp/bad-body.eml", "fail body"},
	    {"stamp/bad-subject.eml", "fail signature"},
	    {"stamp/bad-second-from.eml", "fail signature"},
	};
	struct buf text, bare;
	size_t i, j;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		vector_read(rows[i].file, &text);
		check_text(rows[i].file, result_of(buf_slice(&text),
		    good_keys, NULL, NULL), rows[i].want);
		/* LF files are read as CRLF. */
		buf_init(&bare, VECTOR_MAX);
		for (j = 0; j < text.len; j++)
			if (text.data[j] != '\r')
				buf_putc(&bare, text.data[j]);
		check_text(rows[i].file, result_of(buf_slice(&bare),
		    good_keys, NULL, NULL), rows[i].want);
		buf_clear(&bare);
		buf_clear(&text);
	}
}

/* The octets that are signed are those of the .data files. */
static void
signs_the_octets_of_the_vectors(void **state)
{
	static const struct {
		const char *message, *data;
	} rows[] = {
	    {"stamp/plain.eml", "stamp/plain.data"},
	    {"stamp/folded.eml", "stamp/folded.data"},
	};
	struct buf text, data, got;
	struct header header;
	struct taglist tags;
	struct stamp stamp;
	const char *flaw;
	size_t i;

	(void)state;
	buf_init(&got, VECTOR_MAX);
	for (i = 0; i < LENGTH(rows); i++) {
		vector_read(rows[i].message, &text);
		vector_read(rows[i].data, &data);
		buf_reset(&got);
		assert_int_equal(header_read(buf_slice(&text), &header),
		    STATUS_OK);
		assert_int_equal(stamp_read_tags(header.fields[0].value,
		    &tags), STATUS_OK);
		assert_int_equal(stamp_read(&tags, &stamp, &flaw),
		    STAMP_FLAW_NONE);
		assert_int_equal(verify_put_signed(&header, 0, &tags,
		    stamp.covered, &got), STATUS_OK);
		check_text(rows[i].data, buf_text(&got), buf_text(&data));
		header_clear(&header);
		buf_clear(&text);
		buf_clear(&data);
	}
	buf_clear(&got);
}

static void
minds_the_key(void **state)
{
	static const struct {
		const char *keys, *want;
	} rows[] = {
	    {"", "permerror no key"},
	    {"2026b._delivered-securely.example.org v=DS1; k=ed25519; p=" P,
		"permerror no key"},
	    {"2026A._DELIVERED-securely.example.org. v=DS1; k=ed25519; p=" P,
		"pass"},
	    {NAME "v=DS1; k=ed25519; p=", "permerror revoked"},
	    {NAME "v=DS1; k=ed25519; p=" P "\n" NAME "v=DS1; k=ed25519; p=",
		"permerror revoked"},
	    {NAME "v=DS1; k=ed25519; p=\n" NAME "v=DS1; k=ed25519; p=" P,
		"permerror revoked"},
	    {NAME "v=DS2; k=ed25519; p=" P, "permerror version"},
	    {NAME "k=ed25519; p=" P, "permerror version"},
	    {NAME "v=DS1; k=rsa; p=" P, "permerror algorithm"},
	    {NAME "v=DS1; k=new; p=" P, "permerror algorithm"},
	    {NAME "v=DS1; k=ed25519; p=AAAA", "permerror algorithm"},
	    {NAME "v=DS1; k=ed25519; p=?", "permerror syntax"},
	    {NAME "v=DS1; k=ed25519", "permerror syntax"},
	    {NAME "v=DS1; k=ed25519; p=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBka"
		  "GxwdHh8=", "fail signature"},
	    {NAME "v=DS1; k=ed25519; nb=1795428007; na=1795428007; p=" P,
		"pass"},
	    {NAME "v=DS1; k=ed25519; nb=1795428008; p=" P,
		"permerror key window"},
	    {NAME "v=DS1; k=ed25519; na=1795428006; p=" P,
		"permerror key window"},
	    {NAME "v=DS1; k=ed25519; t=y; p=" P, "pass"},
	};
	static const struct {
		enum status status;
		enum verify_result want;
	} failures[] = {
	    {STATUS_BUSY, VERIFY_TEMPERROR},
	    {STATUS_TIMEOUT, VERIFY_TEMPERROR},
	    {STATUS_IO, VERIFY_TEMPERROR},
	    {STATUS_LIMIT, VERIFY_PERMERROR},
	    {STATUS_NOTFOUND, VERIFY_PERMERROR},
	};
	struct verification found;
	struct fault fault;
	struct buf text;
	size_t i;

	(void)state;
	vector_read("stamp/plain.eml", &text);
	for (i = 0; i < LENGTH(rows); i++)
		check_text(rows[i].keys, result_of(buf_slice(&text),
		    rows[i].keys, NULL, NULL), rows[i].want);
	for (i = 0; i < LENGTH(failures); i++) {
		struct keys keys = {"", failures[i].status};
		struct verify_query query = {.message = buf_slice(&text),
		    .now = NOW, .lookup = lookup, .context = &keys};

		assert_int_equal(verify_message(&query, &found, &fault),
		    STATUS_OK);
		check_number("failure", found.finding.result,
		    failures[i].want);
	}
	buf_clear(&text);
}

static void
minds_the_question(void **state)
{
	static const struct {
		const char *file, *trusted, *recipient, *want;
	} rows[] = {
	    {"plain", "example.org", NULL, "pass"},
	    {"plain", "EXAMPLE.org.", NULL, "pass"},
	    {"plain", "mx.example.org", NULL, "foreign"},
	    {"plain", "org", NULL, "foreign"},
	    {"plain", NULL, "bob@example.org", "pass"},
	    {"plain", NULL, "<bob@example.org>", "pass"},
	    {"plain", NULL, "<bob@EXAMPLE.org.>", "pass"},
	    {"plain", NULL, "Bob@example.org", "fail recipient"},
	    {"plain", NULL, "eve@example.org", "fail recipient"},
	    {"plain", NULL, "bob", "fail recipient"},
	    {"plain", NULL, "", "fail recipient"},
	    {"folded", NULL, "bob@example.org", "fail recipient"},
	};
	struct buf text;
	char file[64];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		(void)snprintf(file, sizeof(file), "stamp/%s.eml",
		    rows[i].file);
		vector_read(file, &text);
		check_text(rows[i].recipient == NULL ? rows[i].trusted
						     : rows[i].recipient,
		    result_of(buf_slice(&text), good_keys, rows[i].trusted,
			rows[i].recipient), rows[i].want);
		buf_clear(&text);
	}
}

static void
minds_the_clock(void **state)
{
	static const struct {
		int64_t now;
		enum verify_reason want;
	} rows[] = {
	    {1795428007, VERIFY_REASON_NONE},
	    {1795428007 - VERIFY_CLOCK_SKEW, VERIFY_REASON_NONE},
	    {1795428007 - VERIFY_CLOCK_SKEW - 1, VERIFY_FUTURE},
	    {0, VERIFY_FUTURE},
	    {INT64_MAX, VERIFY_REASON_NONE},
	};
	struct keys keys = {good_keys, STATUS_OK};
	struct verification found;
	struct fault fault;
	struct buf text;
	size_t i;

	(void)state;
	vector_read("stamp/plain.eml", &text);
	for (i = 0; i < LENGTH(rows); i++) {
		struct verify_query query = {.message = buf_slice(&text),
		    .now = rows[i].now, .lookup = lookup, .context = &keys};

		assert_int_equal(verify_message(&query, &found, &fault),
		    STATUS_OK);
		check_number("now", found.finding.reason, rows[i].want);
	}
	buf_clear(&text);
}

#define FIELD	"Delivered-Securely: "
#define BROKEN	FIELD "nonsense\r\n"
#define FOREIGN FIELD "v=1; d=other.example; b=A\r\n"
#define VERSION FIELD "v=2; d=example.org\r\n"

/* Stamps that come before a message of the vectors, top first. */
static void
chooses_among_stamps(void **state)
{
	static const struct {
		const char *above, *file, *trusted, *want;
		size_t count;
	} rows[] = {
	    {"", "plain", "example.org", "pass", 1},
	    {FOREIGN, "plain", "example.org", "pass", 2},
	    {BROKEN FOREIGN VERSION, "plain", "example.org", "pass", 4},
	    {BROKEN BROKEN BROKEN BROKEN, "plain", NULL, "pass", 5},
	    {BROKEN BROKEN BROKEN BROKEN BROKEN, "plain", NULL,
		"permerror syntax", 5},
	    {FOREIGN BROKEN, "bad-body", "example.org", "fail body", 3},
	    {VERSION BROKEN, "bad-subject", "example.org",
		"fail signature", 3},
	    {FOREIGN VERSION, "plain", "other.org", "foreign", 3},
	    {FOREIGN BROKEN, "plain", "other.org", "permerror syntax", 3},
	    {VERSION BROKEN, "plain", "other.org", "permerror syntax", 3},
	    {"delivered-SECURELY : nonsense\r\n", "plain", NULL, "pass", 2},
	    {"X-Delivered-Securely: nonsense\r\n", "plain", NULL, "pass", 1},
	};
	struct buf text, message;
	char file[64];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		(void)snprintf(file, sizeof(file), "stamp/%s.eml",
		    rows[i].file);
		vector_read(file, &text);
		buf_init(&message, VECTOR_MAX);
		buf_puts(&message, rows[i].above);
		buf_put_slice(&message, buf_slice(&text));
		check_text(rows[i].above, result_of(buf_slice(&message),
		    good_keys, rows[i].trusted, NULL), rows[i].want);
		check_number(rows[i].above, (long)last.count,
		    (long)rows[i].count);
		buf_clear(&message);
		buf_clear(&text);
	}
	check_text("none", result_of(slice_of("From: a@b\r\n\r\nhi\r\n"),
	    good_keys, NULL, NULL), "none");
	check_text("empty", result_of(slice_of(""), good_keys, NULL, NULL),
	    "none");
}

/*
 * An unsigned field with what some programs take for a line end, so that they
 * see another field, or a body, behind it.
 */
static void
minds_hidden_fields(void **state)
{
#define ROW(text, want) {text, sizeof(text) - 1, want}
	static const struct {
		const char *above;
		size_t len;
		const char *want;
	} rows[] = {
	    ROW("X: a\r\n b\r\n", "pass"),
	    ROW("X: a\n b\n", "pass"),
	    ROW("X: a\rFrom: eve@bank.example\r\n", "fail signature"),
	    ROW("X: a\r\rother text\r\n", "fail signature"),
	    ROW("X: a\r\r\n other text\r\n", "fail signature"),
	    ROW("X: a\0From: eve@bank.example\r\n", "fail signature"),
	    ROW("From \t: eve@bank.example\r\n", "fail signature"),
	};
#undef ROW
	struct buf text, message;
	size_t i;

	(void)state;
	vector_read("stamp/plain.eml", &text);
	buf_init(&message, VECTOR_MAX);
	for (i = 0; i < LENGTH(rows); i++) {
		buf_reset(&message);
		buf_put(&message, rows[i].above, rows[i].len);
		buf_put_slice(&message, buf_slice(&text));
		check_text(rows[i].above, result_of(buf_slice(&message),
		    good_keys, NULL, NULL), rows[i].want);
	}
	buf_clear(&message);
	buf_clear(&text);
}

/* Nothing of a stamp that does not pass is handed out. */
static void
shows_only_what_passed(void **state)
{
	struct buf text;

	(void)state;
	vector_read("stamp/bad-body.eml", &text);
	check_text("bad", result_of(buf_slice(&text), good_keys, NULL, NULL),
	    "fail body");
	check_text("domain", last.stamp.domain.text, "");
	check_number("tags", (long)last.tags.count, 0);
	check_text("id", last.id, "");
	buf_clear(&text);
	vector_read("stamp/plain.eml", &text);
	check_text("good", result_of(buf_slice(&text), good_keys, NULL, NULL),
	    "pass");
	check_text("domain", last.stamp.domain.text, "example.org");
	check_slice("sender", last.stamp.sender, "sender.example");
	check_text("id", last.id, "de341b108bea148bb3fd2f3be5f40063");
	buf_clear(&text);
}

/* Change an octet of a copy, and verify that. */
static void
notices_every_octet(void **state)
{
	struct buf text, copy;
	size_t i, passed = 0;

	(void)state;
	vector_read("stamp/plain.eml", &text);
	buf_init(&copy, VECTOR_MAX);
	for (i = 0; i < text.len; i++) {
		buf_reset(&copy);
		buf_put_slice(&copy, buf_slice(&text));
		copy.data[i] ^= 2;
		if (strcmp(result_of(buf_slice(&copy), good_keys, NULL, NULL),
			"pass") == 0)
			passed++;
	}
	check_number("changes that pass", (long)passed, 0);
	buf_clear(&copy);
	buf_clear(&text);
}

static void
undoes_mboxrd(void **state)
{
	static const char body[] = "Hi\r\n\r\nFrom here\r\n>From there\r\n"
	    ">>From both\r\n> From\r\nx From\r\n";
	static const char quoted[] = "Hi\n\n>From here\n>>From there\n"
	    ">>>From both\n> From\nx From\n\n";
	static const unsigned char salt[16];
	struct tlsinfo tls = {.bits_known = true, .bits = 128,
	    .version_text = "TLSv1.2", .cipher = "ECDHE"};
	struct keys keys = {good_keys, STATUS_OK};
	struct verify_query query = {.now = NOW, .lookup = lookup,
	    .context = &keys};
	struct stamp_facts facts = {.domain = "example.org",
	    .selector = "2026a", .time = NOW, .by = "mx", .tls = &tls};
	struct verification found;
	struct stamper *stamper;
	struct stamp_key *key;
	struct domain sender;
	struct buf pem, text;
	struct fault fault;
	struct slice value;
	char id[STAMP_ID_LEN + 1];

	(void)state;
	domain_init(&sender);
	facts.sender = &sender;
	vector_read("stamp/ed25519.pem", &pem);
	assert_int_equal(stamp_key_read(buf_slice(&pem), "x", &key, &fault),
	    STATUS_OK);
	assert_int_equal(stamper_new(&stamper, &fault), STATUS_OK);
	stamper_header(stamper, slice_of("From"), slice_of("a@x.example"));
	stamper_body(stamper, body, strlen(body));
	assert_int_equal(stamper_sign(stamper, key, &facts, salt, &value, id,
	    &fault), STATUS_OK);
	buf_init(&text, VECTOR_MAX);
	buf_printf(&text, "From a@x Mon\n%s:%s\nFrom: a@x.example\n\n%s",
	    STAMP_FIELD_NAME, value.at, quoted);
	query.message = buf_slice(&text);
	assert_int_equal(verify_message(&query, &found, &fault), STATUS_OK);
	check_number("quoted", found.finding.reason, VERIFY_BODY);
	query.unquote_from = true;
	assert_int_equal(verify_message(&query, &found, &fault), STATUS_OK);
	check_number("unquoted", found.finding.result, VERIFY_PASS);
	check_text("id", found.id, id);
	stamper_free(&stamper);
	stamp_key_free(&key);
	buf_clear(&pem);
	buf_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(judges_the_vectors),
	    check_unit_test(signs_the_octets_of_the_vectors),
	    check_unit_test(minds_the_key),
	    check_unit_test(minds_the_question),
	    check_unit_test(minds_the_clock),
	    check_unit_test(chooses_among_stamps),
	    check_unit_test(minds_hidden_fields),
	    check_unit_test(shows_only_what_passed),
	    check_unit_test(notices_every_octet),
	    check_unit_test(undoes_mboxrd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
