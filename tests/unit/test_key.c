#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/stamp/key.h"
#include "milter/stamp/keyrecord.h"
#include "tests/unit/check.h"
#include "tests/unit/vectors.h"

/* Read tests/vectors/keys/NAME under the name NAME. */
static enum status
read_key(const char *name, struct stamp_key **out, struct fault *fault)
{
	enum status status;
	struct buf pem;
	char path[64];

	(void)snprintf(path, sizeof(path), "keys/%s", name);
	vector_read(path, &pem);
	status = stamp_key_read(buf_slice(&pem), name, out, fault);
	buf_clear(&pem);
	return status;
}

static void
reads_private_keys(void **state)
{
	static const struct {
		const char *name;
		enum stamp_algorithm want;
	} rows[] = {
	    {"ed25519.pem", STAMP_ED25519},
	    {"rsa2048.pem", STAMP_RSA},
	    {"rsa2048-traditional.pem", STAMP_RSA},
	    {"certificate-and-key.pem", STAMP_ED25519},
	};
	struct stamp_key *key;
	struct fault fault;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		fault.text[0] = '\0';
		check_number(rows[i].name, read_key(rows[i].name, &key,
		    &fault), STATUS_OK);
		check_text(rows[i].name, fault.text, "");
		check_number(rows[i].name, stamp_key_algorithm(key),
		    rows[i].want);
		check_number(rows[i].name, stamp_key_selftest(key, &fault),
		    STATUS_OK);
		stamp_key_free(&key);
		check_number(rows[i].name, key == NULL, true);
		stamp_key_free(&key);
	}
}

/* Each sentence names the file, what was found and what to do. */
static void
refuses_with_a_sentence(void **state)
{
	static const struct {
		const char *name, *found, *remedy;
	} rows[] = {
	    {"rsa1024.pem", "has 1024 bits", "hopseal keygen"},
	    {"ec.pem", "of type EC", "hopseal keygen"},
	    {"ec-with-parameters.pem", "of type EC", "hopseal keygen"},
	    {"ed448.pem", "of type ED448", "hopseal keygen"},
	    {"rsa-pss.pem", "of type RSA-PSS", "hopseal keygen"},
	    {"passphrase.pem", "protected by a passphrase",
		"openssl pkey -in passphrase.pem -out"},
	    {"passphrase-traditional.pem", "protected by a passphrase",
		"openssl pkey -in passphrase-traditional.pem -out"},
	    {"public.pem", "holds a public key", "private key"},
	    {"certificate.pem", "holds a certificate;", "private key"},
	    {"request.pem", "holds a certificate request", "private key"},
	    {"openssh.pem", "of OpenSSH", "hopseal keygen"},
	    {"ed25519.der", "is in DER",
		"openssl pkey -inform DER -in ed25519.der -out"},
	    {"empty.pem", "is empty", "hopseal keygen"},
	    {"blank.pem", "is empty", "hopseal keygen"},
	    {"text.pem", "holds no private key", "hopseal keygen"},
	    {"cut.pem", "damaged or cut short", "hopseal keygen"},
	    {"damaged.pem", "cannot be read", "hopseal keygen"},
	};
	struct stamp_key *key;
	struct fault fault;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct slice text;

		fault.text[0] = '\0';
		check_number(rows[i].name, read_key(rows[i].name, &key,
		    &fault), STATUS_SYNTAX);
		text = slice_of(fault.text);
		if (!slice_holds(text, rows[i].name) ||
		    !slice_holds(text, rows[i].found) ||
		    !slice_holds(text, rows[i].remedy))
			check_text(rows[i].name, fault.text, rows[i].found);
	}
}

static void
makes_keys(void **state)
{
	static const struct {
		enum stamp_algorithm algorithm;
		unsigned bits;
		enum status want;
	} rows[] = {
	    {STAMP_ED25519, 0, STATUS_OK},
	    {STAMP_RSA, 2048, STATUS_OK},
	    {STAMP_RSA, 2047, STATUS_LIMIT},
	    {STAMP_RSA, 8193, STATUS_LIMIT},
	};
	struct stamp_key *key, *again;
	struct keyrecord record;
	struct fault fault;
	struct buf pem, first, second;
	size_t i;

	(void)state;
	buf_init(&pem, STAMP_KEY_PEM_MAX);
	buf_init(&first, KEYRECORD_MAX);
	buf_init(&second, KEYRECORD_MAX);
	for (i = 0; i < LENGTH(rows); i++) {
		enum status status = stamp_key_generate(rows[i].algorithm,
		    rows[i].bits, &key, &fault);

		check_number("generate", status, rows[i].want);
		if (status != STATUS_OK)
			continue;
		buf_reset(&pem);
		buf_reset(&first);
		buf_reset(&second);
		check_number("pem", stamp_key_pem(key, &pem), STATUS_OK);
		check_number("record", stamp_key_record(key, &first),
		    STATUS_OK);
		check_number("read", stamp_key_read(buf_slice(&pem), "new",
		    &again, &fault), STATUS_OK);
		check_number("record", stamp_key_record(again, &second),
		    STATUS_OK);
		check_text("the same", buf_text(&first), buf_text(&second));
		check_number("good", keyrecord_read(buf_slice(&first),
		    &record), KEYRECORD_FLAW_NONE);
		check_number("algorithm", record.algorithm,
		    rows[i].algorithm);
		stamp_key_free(&key);
		stamp_key_free(&again);
	}
	buf_clear(&pem);
	buf_clear(&first);
	buf_clear(&second);
}

/* RFC 8032, 7.1, test 1 is the key of the vectors. */
static void
writes_the_record(void **state)
{
	struct stamp_key *key;
	struct fault fault;
	struct buf pem, record;

	(void)state;
	vector_read("stamp/ed25519.pem", &pem);
	assert_int_equal(stamp_key_read(buf_slice(&pem), "x", &key, &fault),
	    STATUS_OK);
	buf_init(&record, KEYRECORD_MAX);
	assert_int_equal(stamp_key_record(key, &record), STATUS_OK);
	check_text("record", buf_text(&record), "v=DS1; k=ed25519; "
	    "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
	buf_clear(&record);
	buf_clear(&pem);
	stamp_key_free(&key);
}

static void
checks_signatures(void **state)
{
	static const char *const names[] = {"ed25519.pem", "rsa2048.pem"};
	unsigned char signature[STAMP_SIGNATURE_MAX], digest[DIGEST_LEN] = "x";
	struct publickey *public, *other;
	struct keyrecord record;
	struct stamp_key *key;
	struct fault fault;
	struct buf text;
	size_t i, len;

	(void)state;
	buf_init(&text, KEYRECORD_MAX);
	for (i = 0; i < LENGTH(names); i++) {
		assert_int_equal(read_key(names[i], &key, &fault), STATUS_OK);
		buf_reset(&text);
		assert_int_equal(stamp_key_record(key, &text), STATUS_OK);
		assert_int_equal(keyrecord_read(buf_slice(&text), &record),
		    KEYRECORD_FLAW_NONE);
		check_number("other type", publickey_read(
		    record.algorithm == STAMP_RSA ? STAMP_ED25519 : STAMP_RSA,
		    record.octets, record.len, &other), STATUS_SYNTAX);
		check_number("octets behind", publickey_read(record.algorithm,
		    record.octets, record.len + 1, &other), STATUS_SYNTAX);
		assert_int_equal(publickey_read(record.algorithm,
		    record.octets, record.len, &public), STATUS_OK);
		assert_int_equal(stamp_key_sign(key, digest, signature, &len),
		    STATUS_OK);
		check_number(names[i], publickey_verifies(public, digest,
		    signature, len), true);
		check_number("short", publickey_verifies(public, digest,
		    signature, len - 1), false);
		signature[5] ^= 1;
		check_number("bent", publickey_verifies(public, digest,
		    signature, len), false);
		signature[5] ^= 1;
		digest[31] ^= 1;
		check_number("other data", publickey_verifies(public, digest,
		    signature, len), false);
		digest[31] ^= 1;
		publickey_free(&public);
		stamp_key_free(&key);
	}
	buf_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(reads_private_keys),
	    check_unit_test(refuses_with_a_sentence),
	    check_unit_test(makes_keys),
	    check_unit_test(writes_the_record),
	    check_unit_test(checks_signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
