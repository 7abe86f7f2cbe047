#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/note/edition.h"
#include "tests/unit/check.h"

static const char policy[] = "class \"c\" { mode = \"require\" }\n"
			     "bank.example\tc\n";

/* A key, its public half, and an edition signed with it. */
struct signer {
	struct notary_key *key;
	struct vkey vkey;
	struct edition_keys keys;
};

static void
signer_init(struct signer *signer, const char *name)
{
	struct sha256 *digest;

	assert_int_equal(sha256_new(&digest), STATUS_OK);
	assert_int_equal(notary_key_make(&signer->key), STATUS_OK);
	assert_int_equal(vkey_make(digest, name,
	    notary_key_public(signer->key), &signer->vkey), STATUS_OK);
	sha256_free(&digest);
	signer->keys = (struct edition_keys){&signer->vkey, 1};
}

static struct edition
an_edition(void)
{
	struct edition edition = {.version = 12, .time = 1764088000,
	    .author = "alice", .comment = "TLS 1.3 f\xc3\xbcr bank.example"};

	assert_int_equal(edition_measure(&edition, slice_of(policy), NULL),
	    STATUS_OK);
	return edition;
}

static void
snapshot_make(const struct signer *signer, const struct edition *edition,
    const char *text, struct buf *out)
{
	struct buf note;

	buf_init(&note, EDITION_NOTE_MAX);
	assert_int_equal(edition_sign(edition, &signer->vkey, signer->key,
	    &note, NULL), STATUS_OK);
	buf_init(out, EDITION_FILE_MAX);
	edition_put_snapshot(out, buf_slice(&note), slice_of(text));
	assert_int_equal(buf_status(out), STATUS_OK);
	buf_clear(&note);
}

static void
reads_what_was_signed(void **state)
{
	struct edition want = an_edition(), got;
	char hex[EDITION_HEX_SIZE];
	struct signer signer;
	struct fault fault = {STATUS_OK, ""};
	struct slice text;
	struct buf file;

	(void)state;
	signer_init(&signer, "policy.example.org");
	snapshot_make(&signer, &want, policy, &file);
	assert_int_equal(edition_read_snapshot(buf_slice(&file), &signer.keys,
	    &got, &text, &fault), STATUS_OK);
	check_number("version", (long)got.version, 12);
	check_number("size", (long)got.size, (long)strlen(policy));
	check_number("time", (long)got.time, 1764088000);
	check_text("author", got.author, want.author);
	check_text("comment", got.comment, want.comment);
	check_slice("text", text, policy);
	edition_hex(&got, hex);
	check_number("hex", (long)strlen(hex), 64);
	buf_clear(&file);
	notary_key_free(&signer.key);
}

/* No octet may be another one, none may be missing, none may be more. */
static void
refuses_what_was_not_signed(void **state)
{
	struct edition edition = an_edition(), got;
	struct signer signer;
	struct slice text;
	struct buf file;
	size_t i;

	(void)state;
	signer_init(&signer, "policy.example.org");
	snapshot_make(&signer, &edition, policy, &file);
	for (i = 0; i < file.len; i++) {
		file.data[i] = (char)(file.data[i] ^ 1);
		if (edition_read_snapshot(buf_slice(&file), &signer.keys, &got,
			&text, NULL) == STATUS_OK)
			fail_msg("octet %zu can be changed", i);
		file.data[i] = (char)(file.data[i] ^ 1);
		if (edition_read_snapshot(slice_make(file.data, i),
			&signer.keys, &got, &text, NULL) == STATUS_OK)
			fail_msg("cut at %zu", i);
	}
	buf_putc(&file, '\n');
	assert_int_equal(edition_read_snapshot(buf_slice(&file), &signer.keys,
	    &got, &text, NULL), STATUS_CRYPTO);
	buf_clear(&file);
	notary_key_free(&signer.key);
}

static void
asks_for_one_of_the_keys(void **state)
{
	struct edition edition = an_edition(), got;
	struct signer first, second;
	struct vkey both[2];
	struct edition_keys keys = {both, 2};
	struct fault fault = {STATUS_OK, ""};
	struct slice text;
	struct buf file;

	(void)state;
	signer_init(&first, "policy.example.org");
	signer_init(&second, "policy.example.org");
	both[0] = first.vkey;
	both[1] = second.vkey;
	snapshot_make(&second, &edition, policy, &file);
	check_number("both", edition_read_snapshot(buf_slice(&file), &keys,
	    &got, &text, &fault), STATUS_OK);
	check_number("the other", edition_read_snapshot(buf_slice(&file),
	    &first.keys, &got, &text, &fault), STATUS_CRYPTO);
	check_text("the other", fault.text, "version 12 of the policy bears no "
	    "valid signature of policy.example.org; it was changed after it "
	    "was signed, or signed with a key that is not in policy-key");
	keys.count = 0;
	check_number("none", edition_read_snapshot(buf_slice(&file), &keys,
	    &got, &text, &fault), STATUS_CRYPTO);
	buf_clear(&file);
	notary_key_free(&first.key);
	notary_key_free(&second.key);
}

/* Signed by the right key, and still not what an edition is. */
static void
refuses_other_notes(void **state)
{
	static const char *const rows[] = {
	    "policy.example.org\n1204\nAAAA\n",
	    "hopseal policy\nversion 0\nsha256 "
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nsize 0\ntime 0\n"
	    "author a\ncomment c\n",
	    "hopseal policy\nversion 01\nsha256 "
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nsize 0\ntime 0\n"
	    "author a\ncomment c\n",
	    "hopseal policy\nversion 1\nsha256 "
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nsize 0\ntime 0\n"
	    "author a\ncomment \n",
	    "hopseal policy\nversion 1\nsha256 "
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nsize 0\ntime 0\n"
	    "author a\ncomment c\nmore\n",
	};
	struct signer signer;
	struct edition got;
	struct buf note;
	size_t i;

	(void)state;
	signer_init(&signer, "policy.example.org");
	for (i = 0; i < LENGTH(rows); i++) {
		buf_init(&note, EDITION_NOTE_MAX);
		assert_int_equal(note_sign(slice_of(rows[i]), &signer.vkey,
		    signer.key, &note), STATUS_OK);
		check_number(rows[i], edition_open(buf_slice(&note),
		    &signer.keys, &got, NULL), STATUS_SYNTAX);
		buf_clear(&note);
	}
	notary_key_free(&signer.key);
}

static void
knows_good_words(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} rows[] = {
	    {"a", true}, {"two words", true}, {"f\xc3\xbcr", true},
	    {"\xe2\x82\xac", true}, {"\xf0\x9f\x98\x80", true},
	    {"", false}, {" a", false}, {"a ", false}, {"a\nb", false},
	    {"a\tb", false}, {"a\033[1mb", false}, {"\x7f", false},
	    {"\xc2\x9b" "1m", false}, {"\xc3", false}, {"\xff", false},
	    {"\xc0\xaf", false}, {"\xed\xa0\x80", false},
	    {"123456789", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		check_number(rows[i].text, edition_words_are_good(
		    slice_of(rows[i].text), i + 1 == LENGTH(rows) ? 8 : 64),
		    rows[i].want);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    check_unit_test(reads_what_was_signed),
	    check_unit_test(refuses_what_was_not_signed),
	    check_unit_test(asks_for_one_of_the_keys),
	    check_unit_test(refuses_other_notes),
	    check_unit_test(knows_good_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
