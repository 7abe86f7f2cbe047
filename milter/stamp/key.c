#include "milter/stamp/key.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "milter/stamp/base64.h"
#include "milter/stamp/keyfile.h"
#include "milter/stamp/keyrecord.h"
#include "milter/stamp/publickey.h"

struct stamp_key {
	EVP_PKEY *pkey; /* OpenSSL wipes it when it frees it; NULL: elsewhere */
	struct stamp_signer signer; /* then who signs */
	enum stamp_algorithm algorithm;
	size_t len; /* of octets; 0: OpenSSL does not give them */
	unsigned char octets[PUBLICKEY_OCTETS_MAX]; /* p= */
};

const char *
stamp_algorithm_key(enum stamp_algorithm algorithm)
{
	switch (algorithm) {
	case STAMP_ED25519:
		return "ed25519";
	case STAMP_RSA:
		return "rsa";
	}
	return "";
}

const char *
stamp_algorithm_name(enum stamp_algorithm algorithm)
{
	switch (algorithm) {
	case STAMP_ED25519:
		return "ed25519-sha256";
	case STAMP_RSA:
		return "rsa-sha256";
	}
	return "";
}

/* The octets of p=, into the key. */
static void
keep_public(struct stamp_key *key)
{
	unsigned char *end = key->octets;
	size_t size = sizeof(key->octets);
	int len;

	switch (key->algorithm) {
	case STAMP_ED25519:
		if (EVP_PKEY_get_raw_public_key(key->pkey, key->octets,
			&size) == 1)
			key->len = size;
		break;
	case STAMP_RSA:
		len = i2d_PUBKEY(key->pkey, NULL);
		if (len > 0 && (size_t)len <= size &&
		    i2d_PUBKEY(key->pkey, &end) == len)
			key->len = (size_t)len;
		break;
	}
}

/* Takes pkey. */
static enum status
key_new(EVP_PKEY *pkey, struct stamp_key **out, struct fault *fault)
{
	struct stamp_key *key = calloc(1, sizeof(*key));

	if (key == NULL) {
		EVP_PKEY_free(pkey);
		return fault_set(fault, STATUS_NOMEM, "no memory for a key");
	}
	key->pkey = pkey;
	key->algorithm = EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA
	    ? STAMP_RSA : STAMP_ED25519;
	keep_public(key);
	*out = key;
	return STATUS_OK;
}

enum status
stamp_key_read(struct slice pem, const char *name, struct stamp_key **out,
    struct fault *fault)
{
	EVP_PKEY *pkey;
	enum status status = keyfile_read(pem, name, &pkey, fault);

	return status == STATUS_OK ? key_new(pkey, out, fault) : status;
}

enum status
stamp_key_elsewhere(struct slice text, const struct stamp_signer *signer,
    struct stamp_key **out, struct fault *fault)
{
	struct stamp_key *key;
	struct keyrecord record;

	if (keyrecord_read(text, &record) != KEYRECORD_FLAW_NONE)
		return fault_set(fault, STATUS_SYNTAX,
		    "the process that holds the key sent no key record");
	key = calloc(1, sizeof(*key));
	if (key == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory for a key");
	key->signer = *signer;
	key->algorithm = record.algorithm;
	key->len = record.len;
	memcpy(key->octets, record.octets, record.len);
	*out = key;
	return STATUS_OK;
}

enum status
stamp_key_generate(enum stamp_algorithm algorithm, unsigned bits,
    struct stamp_key **out, struct fault *fault)
{
	EVP_PKEY *pkey = NULL;

	switch (algorithm) {
	case STAMP_ED25519:
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	case STAMP_RSA:
		if (bits < PUBLICKEY_RSA_MIN || bits > PUBLICKEY_RSA_MAX)
			return fault_set(fault, STATUS_LIMIT,
			    "an RSA key has %d to %d bits", PUBLICKEY_RSA_MIN,
			    PUBLICKEY_RSA_MAX);
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
		break;
	}
	if (pkey == NULL) {
		ERR_clear_error();
		return fault_set(fault, STATUS_CRYPTO,
		    "OpenSSL could not make a key of type %s",
		    stamp_algorithm_key(algorithm));
	}
	return key_new(pkey, out, fault);
}

void
stamp_key_free(struct stamp_key **key)
{
	if (*key == NULL)
		return;
	EVP_PKEY_free((*key)->pkey);
	if ((*key)->signer.release != NULL)
		(*key)->signer.release((*key)->signer.context);
	free(*key);
	*key = NULL;
}

enum stamp_algorithm
stamp_key_algorithm(const struct stamp_key *key)
{
	return key->algorithm;
}

/* RFC 8463, 3: what is signed is the SHA-256. */
static bool
sign_ed25519(EVP_PKEY *pkey, const unsigned char digest[DIGEST_LEN],
    unsigned char *signature, size_t *len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context != NULL &&
	    EVP_DigestSignInit(context, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestSign(context, signature, len, digest, DIGEST_LEN) == 1;

	EVP_MD_CTX_free(context);
	return good;
}

static bool
sign_rsa(EVP_PKEY *pkey, const unsigned char digest[DIGEST_LEN],
    unsigned char *signature, size_t *len)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
	bool good = context != NULL && EVP_PKEY_sign_init(context) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
	    EVP_PKEY_sign(context, signature, len, digest, DIGEST_LEN) == 1;

	EVP_PKEY_CTX_free(context);
	return good;
}

enum status
stamp_key_sign(const struct stamp_key *key, const unsigned char digest[32],
    unsigned char signature[STAMP_SIGNATURE_MAX], size_t *len)
{
	bool good = false;

	if (key->pkey == NULL)
		return key->signer.sign(key->signer.context, digest,
		    signature, len);
	*len = STAMP_SIGNATURE_MAX;
	switch (key->algorithm) {
	case STAMP_ED25519:
		good = sign_ed25519(key->pkey, digest, signature, len);
		break;
	case STAMP_RSA:
		good = sign_rsa(key->pkey, digest, signature, len);
		break;
	}
	if (good)
		return STATUS_OK;
	ERR_clear_error();
	return STATUS_CRYPTO;
}

enum status
stamp_key_selftest(const struct stamp_key *key, struct fault *fault)
{
	static const unsigned char digest[DIGEST_LEN] = "self-test";
	unsigned char signature[STAMP_SIGNATURE_MAX];
	struct publickey *public = NULL;
	size_t signature_len;
	bool good;

	good = key->len > 0 &&
	    publickey_read(key->algorithm, key->octets, key->len, &public) ==
		STATUS_OK &&
	    stamp_key_sign(key, digest, signature, &signature_len) ==
		STATUS_OK &&
	    publickey_verifies(public, digest, signature, signature_len);
	publickey_free(&public);
	if (good)
		return STATUS_OK;
	return fault_set(fault, STATUS_CRYPTO,
	    "the key does not verify what it signs: its file is damaged; "
	    "make one with: hopseal keygen");
}

enum status
stamp_key_record(const struct stamp_key *key, struct buf *out)
{
	if (key->len == 0)
		return STATUS_CRYPTO;
	buf_printf(out, "v=DS1; k=%s; p=", stamp_algorithm_key(key->algorithm));
	base64_put(out, key->octets, key->len);
	return buf_status(out);
}

enum status
stamp_key_pem(const struct stamp_key *key, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	enum status status = STATUS_CRYPTO;
	char *data;
	long len;

	if (bio == NULL)
		return STATUS_NOMEM;
	if (key->pkey != NULL &&
	    PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL,
		NULL) == 1) {
		len = BIO_get_mem_data(bio, &data);
		buf_put(out, data, len > 0 ? (size_t)len : 0);
		status = buf_status(out);
	}
	BIO_free(bio);
	ERR_clear_error();
	return status;
}
