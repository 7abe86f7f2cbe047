#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/stamp/stamper.h"
#include "tests/unit/check.h"
#include "tests/unit/vectors.h"

static const unsigned char salt[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    12, 13, 14, 15};

/* All that a test may want to change before it signs. */
struct scene {
	struct stamp_facts facts;
	struct tlsinfo tls;
	struct ipaddr client;
	struct domain sender, recipient;
};

static void
scene_init(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	scene->tls.state = TLS_ESTABLISHED;
	scene->tls.bits_known = true;
	scene->tls.bits = 256;
	memcpy(scene->tls.version_text, "TLSv1.3", 8);
	memcpy(scene->tls.cipher, "TLS_AES_256_GCM_SHA384", 23);
	ipaddr_parse(slice_of("192.0.2.25"), &scene->client);
	domain_normalize(slice_of("sender.example"), &scene->sender);
	domain_normalize(slice_of("example.org"), &scene->recipient);
	scene->facts.domain = "example.org";
	scene->facts.selector = "2026a";
	scene->facts.time = 1795428007;
	scene->facts.by = "mx1.example.org";
	scene->facts.queue_id = "4cZ9Xk2QnBz3sW";
	scene->facts.tls = &scene->tls;
	scene->facts.client = &scene->client;
	scene->facts.sender = &scene->sender;
	scene->facts.recipient = &scene->recipient;
	scene->facts.address = "bob@example.org";
	scene->facts.mode = MODE_REQUIRE;
}

static struct stamp_key *
read_key(void)
{
	struct stamp_key *key;
	struct fault fault;
	struct buf pem;

	vector_read("stamp/ed25519.pem", &pem);
	assert_int_equal(stamp_key_read(buf_slice(&pem), "ed25519.pem", &key,
			     &fault), STATUS_OK);
	buf_clear(&pem);
	return key;
}

static void
give(struct stamper *stamper, const char *const *fields, const char *body)
{
	stamper_reset(stamper);
	for (; *fields != NULL; fields += 2)
		stamper_header(stamper, slice_of(fields[0]),
		    slice_of(fields[1]));
	stamper_body(stamper, body, strlen(body));
}

static const char *const plain_fields[] = {"From",
    "Alice Example <alice@sender.example>", "To", "Bob <bob@example.org>",
    "Subject", "Contract draft", "Date", "Mon, 23 Nov 2026 10:00:00 +0000",
    "Message-ID", "<20261123100000.A1@sender.example>", "MIME-Version", "1.0",
    "Content-Type", "text/plain; charset=utf-8", NULL};
static const char plain_body[] = "Hello Bob,\r\n\r\n"
    "the draft is attached below.\r\n\r\nAlice\r\n";

static const char *const folded_fields[] = {"Received",
    "from a by b; Mon, 23 Nov 2026 09:59:59 +0000", "FROM",
    "\tAlice  Example\n <alice@sender.example>  ", "To",
    "Bob <bob@example.org>,\r\n\tCarol <carol@example.org>", "Cc", "",
    "Subject", "=?utf-8?q?caf=C3=A9?=\n  second\t line ", "Date",
    "Mon, 23 Nov 2026 10:00:00 +0000", "Message-ID", "<2@sender.example>",
    NULL};
static const char folded_body[] =
    "trailing blanks \t \r\n\ttab  and   runs\r\n\r\n \r\n\r\n";

/* The stamp of a vector, with its folds as libmilter wants them. */
static void
vector_stamp(const char *name, struct buf *out)
{
	struct slice rest, line;
	struct buf text;

	vector_read(name, &text);
	buf_init(out, VECTOR_MAX);
	rest = buf_slice(&text);
	line = slice_cut(&rest, '\n');
	line.at += strlen("Delivered-Securely: ");
	line.len -= strlen("Delivered-Securely: ");
	buf_put(out, line.at, line.len - 1);
	while (rest.len > 0 && rest.at[0] == ' ') {
		line = slice_cut(&rest, '\n');
		buf_putc(out, '\n');
		buf_put(out, line.at, line.len - 1);
	}
	buf_clear(&text);
}

/* Ed25519 is deterministic: the very octets of the vectors come out. */
static void
makes_the_vectors(void **state)
{
	static const struct {
		const char *file;
		const char *const *fields;
		const char *body;
		bool one_recipient;
		const char *id;
	} rows[] = {
	    {"stamp/plain.eml", plain_fields, plain_body, true, NULL},
	    {"stamp/folded.eml", folded_fields, folded_body, false, NULL},
	    {"stamp/plain.eml", plain_fields, plain_body, true, NULL},
	};
	struct stamp_key *key = read_key();
	struct stamper *stamper;
	struct fault fault;
	size_t i;

	(void)state;
	assert_int_equal(stamper_new(&stamper, &fault), STATUS_OK);
	for (i = 0; i < LENGTH(rows); i++) {
		char id[STAMP_ID_LEN + 1];
		struct slice value;
		struct scene scene;
		struct buf want;

		scene_init(&scene);
		if (!rows[i].one_recipient)
			scene.facts.address = NULL;
		give(stamper, rows[i].fields, rows[i].body);
		fault.text[0] = '\0';
		check_number(rows[i].file, stamper_sign(stamper, key,
		    &scene.facts, salt, &value, id, &fault), STATUS_OK);
		check_text(rows[i].file, fault.text, "");
		vector_stamp(rows[i].file, &want);
		check_slice(rows[i].file, value, buf_text(&want));
		check_number("id", (long)strlen(id), STAMP_ID_LEN);
		buf_clear(&want);
	}
	stamper_free(&stamper);
	stamp_key_free(&key);
}

/* Sign plain.eml's message in this scene; the value unfolded, or "". */
static const char *
sign_scene(const struct scene *scene, const char *const *fields,
    enum status want, struct fault *fault)
{
	static char text[STAMP_FIELD_MAX + 1];
	struct stamp_key *key = read_key();
	struct stamper *stamper;
	char id[STAMP_ID_LEN + 1];
	struct slice value;
	enum status status;
	size_t i, len = 0;

	assert_int_equal(stamper_new(&stamper, fault), STATUS_OK);
	give(stamper, fields, plain_body);
	status = stamper_sign(stamper, key, &scene->facts, salt, &value, id,
	    fault);
	check_number("status", status, want);
	text[0] = '\0';
	for (i = 0; status == STATUS_OK && i < value.len; i++)
		if (value.at[i] != '\n' &&
		    (value.at[i] != ' ' || (len > 0 && text[len - 1] == ';')))
			text[len++] = value.at[i];
	text[len] = '\0';
	stamper_free(&stamper);
	stamp_key_free(&key);
	return text;
}

/* `tag=value;` of the stamp, or "" when it is not there. */
static struct slice
tag_of(const char *text, const char *name)
{
	struct slice rest = slice_of(text), tag, head;

	while (rest.at != NULL) {
		tag = slice_trim(slice_cut(&rest, ';'));
		head = tag;
		if (slice_is(slice_cut(&head, '='), name))
			return head;
	}
	return slice_make("(none)", 6);
}

static void
writes_the_session(void **state)
{
	struct fault fault;
	struct scene scene;
	const char *text;

	(void)state;
	scene_init(&scene);
	scene.facts.requiretls = true;
	scene.facts.next_require = true;
	scene.facts.mode = MODE_PREFER;
	scene.tls.cert = CERT_TRUSTED;
	memcpy(scene.tls.cn, "A B;C=D|\xc3\xb6", 11);
	text = sign_scene(&scene, plain_fields, STATUS_OK, &fault);
	check_slice("cert", tag_of(text, "cert"), "trusted");
	check_slice("cn", tag_of(text, "cn"), "A=20B=3BC=3DD|=C3=B6");
	check_slice("mode", tag_of(text, "mode"), "prefer");
	check_slice("requiretls", tag_of(text, "requiretls"), "y");
	check_slice("next", tag_of(text, "next"), "require");
	check_slice("rs", tag_of(text, "rs"), "AAECAwQFBgcICQoLDA0ODw==");
	memset(scene.tls.cn, 'n', 65);
	scene.facts.client = NULL;
	scene.facts.queue_id = NULL;
	scene.facts.recipient = NULL;
	scene.facts.address = "no domain";
	domain_init(&scene.sender);
	text = sign_scene(&scene, plain_fields, STATUS_OK, &fault);
	check_slice("long cn", tag_of(text, "cn"), "(none)");
	check_slice("no ip", tag_of(text, "ip"), "(none)");
	check_slice("no id", tag_of(text, "id"), "(none)");
	check_slice("no rcpt", tag_of(text, "rcpt"), "(none)");
	check_slice("no rs", tag_of(text, "rs"), "(none)");
	check_slice("no rc", tag_of(text, "rc"), "(none)");
	check_slice("null sender", tag_of(text, "sender"), "-");
	scene.tls.cert = CERT_FAILED;
	scene.facts.queue_id = "a b";
	domain_normalize(slice_of("[192.0.2.1]"), &scene.sender);
	text = sign_scene(&scene, plain_fields, STATUS_OK, &fault);
	check_slice("failed", tag_of(text, "cert"), "failed");
	check_slice("cn of it", tag_of(text, "cn"), "(none)");
	check_slice("bad id", tag_of(text, "id"), "(none)");
	check_slice("literal", tag_of(text, "sender"), "[192.0.2.1]");
}

static void
lists_fields(void **state)
{
	static const struct {
		const char *row;
		const char *fields[16];
		bool is_sendmail;
		const char *want; /* NULL: unstamped */
	} rows[] = {
	    {"From alone", {"From", "a@x.example"}, false,
		"from:from:cc:subject:reply-to:mime-version:content-type:"
		"content-transfer-encoding"},
	    {"two of a name", {"From", "a@x.example", "TO", "b@x.example",
		"To", "c@x.example", "from", "d@x.example"}, false,
		"from:from:from:to:to:to:cc:subject:reply-to:mime-version:"
		"content-type:content-transfer-encoding"},
	    {"all", {"Sender", "s@x.example", "References", "<r>",
		"In-Reply-To", "<i>", "From", "a@x.example", "Reply-To",
		"r@x.example", "Content-Transfer-Encoding", "8bit"}, false,
		"from:from:cc:subject:reply-to:reply-to:sender:sender:"
		"in-reply-to:in-reply-to:references:references:mime-version:"
		"content-type:content-transfer-encoding:"
		"content-transfer-encoding"},
	    {"others", {"From", "a@x.example", "X-From", "x", "Received",
		"y", "Fro", "z"}, false,
		"from:from:cc:subject:reply-to:mime-version:content-type:"
		"content-transfer-encoding"},
	    {"no From", {"To", "a@x.example"}, false, NULL},
	    {"no field", {NULL}, false, NULL},
	    {"Postfix keeps a comma", {"From", "a@x.example,b@x.example",
		"To", "c@x.example,d@x.example"}, false,
		"from:from:to:to:cc:subject:reply-to:mime-version:"
		"content-type:content-transfer-encoding"},
	    {"Sendmail does not", {"From", "a@x.example", "To",
		"c@x.example,d@x.example", "Cc", "c@x.example,\n d@x.example",
		"Reply-To", "c@x.example ,\n d@x.example", "Sender", "bob"},
		true,
		"from:from:cc:cc:subject:mime-version:content-type:"
		"content-transfer-encoding"},
	    {"one of two", {"From", "a@x.example", "To", "b@x.example", "To",
		"c@x.example,d@x.example"}, true,
		"from:from:cc:subject:reply-to:mime-version:content-type:"
		"content-transfer-encoding"},
	    {"Sendmail's From", {"From", "a@x.example,b@x.example"}, true,
		NULL},
	};
	struct fault fault;
	struct scene scene;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		const char *text;

		scene_init(&scene);
		scene.facts.is_sendmail = rows[i].is_sendmail;
		text = sign_scene(&scene, rows[i].fields,
		    rows[i].want == NULL ? STATUS_SYNTAX : STATUS_OK, &fault);
		check_slice(rows[i].row, tag_of(text, "h"),
		    rows[i].want == NULL ? "(none)" : rows[i].want);
	}
}

/* A required tag that does not fit: unstamped, and said why. */
static void
refuses_what_does_not_fit(void **state)
{
	struct fault fault;
	struct scene scene, good;

	(void)state;
	scene_init(&good);
#define REFUSES(what, change)                                                 \
	do {                                                                  \
		scene = good;                                                 \
		scene.facts.tls = &scene.tls;                                 \
		scene.facts.sender = &scene.sender;                           \
		change;                                                       \
		(void)sign_scene(&scene, plain_fields, STATUS_SYNTAX,         \
		    &fault);                                                  \
		check_number(what, slice_holds(slice_of(fault.text), what),   \
		    true);                                                    \
	} while (0)
	REFUSES("the host name", scene.facts.by = "mx one");
	REFUSES("the host name", scene.facts.by = NULL);
	REFUSES("the host name", scene.facts.by = "mx;b=x");
	REFUSES("the protocol", scene.tls.version_text[0] = '\0');
	REFUSES("the cipher suite", scene.tls.cipher[0] = '\0');
	REFUSES("secret bits", scene.tls.bits_known = false);
	REFUSES("the sender's domain", scene.sender.kind = DOMAIN_OTHER;
	    scene.sender.len = 0);
	REFUSES("the sender's domain",
	    domain_normalize(slice_of("a..b"), &scene.sender));
	REFUSES("the time", scene.facts.time = -1);
	REFUSES("the domain", scene.facts.domain = "");
	REFUSES("the selector", scene.facts.selector = "a b");
#undef REFUSES
}

static void
stops_at_its_limits(void **state)
{
	static char large[STAMPER_HEADER_MAX + 1];
	struct stamp_key *key = read_key();
	struct stamper *stamper;
	char id[STAMP_ID_LEN + 1];
	struct fault fault;
	struct scene scene;
	struct slice value;
	size_t i, times;

	(void)state;
	memset(large, 'x', sizeof(large));
	scene_init(&scene);
	assert_int_equal(stamper_new(&stamper, &fault), STATUS_OK);
	for (times = 1; times < 6000; times *= 3) {
		enum status want = times > 1000 ? STATUS_LIMIT : STATUS_OK;

		give(stamper, plain_fields, plain_body);
		for (i = 0; i < times; i++)
			stamper_header(stamper, slice_of("Cc"),
			    slice_of("c@x.example"));
		check_number("fields", stamper_sign(stamper, key,
		    &scene.facts, salt, &value, id, &fault), want);
		if (want == STATUS_LIMIT)
			check_number("4096", slice_holds(slice_of(fault.text),
			    "4096"), true);
	}
	give(stamper, plain_fields, plain_body);
	stamper_header(stamper, slice_of("Subject"),
	    slice_make(large, sizeof(large)));
	check_number("octets", stamper_sign(stamper, key, &scene.facts, salt,
	    &value, id, &fault), STATUS_LIMIT);
	give(stamper, plain_fields, plain_body);
	stamper_header(stamper, slice_of("X-Subject"),
	    slice_make(large, sizeof(large)));
	check_number("not covered", stamper_sign(stamper, key, &scene.facts,
	    salt, &value, id, &fault), STATUS_OK);
	stamper_free(&stamper);
	stamp_key_free(&key);
}

/* No line over 78 columns with its CRLF, whatever is in it. */
static void
folds(void **state)
{
	struct stamp_key *key = read_key();
	struct stamper *stamper;
	char id[STAMP_ID_LEN + 1];
	struct fault fault;
	struct scene scene;
	struct slice value, line;
	size_t len;

	(void)state;
	scene_init(&scene);
	scene.tls.cert = CERT_TRUSTED;
	assert_int_equal(stamper_new(&stamper, &fault), STATUS_OK);
	for (len = 1; len <= 64; len++) {
		size_t name = strlen(STAMP_FIELD_NAME ": ");

		memset(scene.tls.cn, ';', len);
		memset(scene.tls.cipher, 'C', len);
		give(stamper, plain_fields, plain_body);
		check_number("sign", stamper_sign(stamper, key, &scene.facts,
		    salt, &value, id, &fault), STATUS_OK);
		do {
			line = slice_cut(&value, '\n');
			check_number("fits", line.len + name + 2 <= 78, true);
			check_number("text", slice_trim(line).len > 0, true);
			name = 0;
		} while (value.at != NULL);
	}
	stamper_free(&stamper);
	stamp_key_free(&key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(makes_the_vectors),
	    check_unit_test(writes_the_session),
	    check_unit_test(lists_fields),
	    check_unit_test(refuses_what_does_not_fit),
	    check_unit_test(stops_at_its_limits),
	    check_unit_test(folds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
