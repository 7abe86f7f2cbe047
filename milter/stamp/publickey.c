#include "milter/stamp/publickey.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

enum { ED25519_OCTETS = 32 };

struct publickey {
	enum stamp_algorithm algorithm;
	EVP_PKEY *pkey;
};

static EVP_PKEY *
read_ed25519(const unsigned char *octets, size_t len)
{
	if (len != ED25519_OCTETS)
		return NULL;
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, octets,
	    len);
}

static EVP_PKEY *
read_rsa(const unsigned char *octets, size_t len)
{
	const unsigned char *end = octets;
	EVP_PKEY *pkey;

	if (len > PUBLICKEY_OCTETS_MAX)
		return NULL;
	pkey = d2i_PUBKEY(NULL, &end, (long)len);
	if (pkey == NULL)
		return NULL;
	if (end == octets + len && EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA &&
	    EVP_PKEY_get_bits(pkey) >= PUBLICKEY_RSA_MIN &&
	    EVP_PKEY_get_bits(pkey) <= PUBLICKEY_RSA_MAX)
		return pkey;
	EVP_PKEY_free(pkey);
	return NULL;
}

enum status
publickey_read(enum stamp_algorithm algorithm, const unsigned char *octets,
    size_t len, struct publickey **out)
{
	struct publickey *key = calloc(1, sizeof(*key));

	if (key == NULL)
		return STATUS_NOMEM;
	key->algorithm = algorithm;
	switch (algorithm) {
	case STAMP_ED25519:
		key->pkey = read_ed25519(octets, len);
		break;
	case STAMP_RSA:
		key->pkey = read_rsa(octets, len);
		break;
	}
	if (key->pkey == NULL) {
		ERR_clear_error();
		publickey_free(&key);
		return STATUS_SYNTAX;
	}
	*out = key;
	return STATUS_OK;
}

void
publickey_free(struct publickey **key)
{
	if (*key == NULL)
		return;
	EVP_PKEY_free((*key)->pkey);
	free(*key);
	*key = NULL;
}

/* RFC 8463, 3: what is signed is the SHA-256. */
static bool
verifies_ed25519(EVP_PKEY *pkey, const unsigned char digest[DIGEST_LEN],
    const unsigned char *signature, size_t len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context != NULL &&
	    EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestVerify(context, signature, len, digest, DIGEST_LEN) == 1;

	EVP_MD_CTX_free(context);
	return good;
}

static bool
verifies_rsa(EVP_PKEY *pkey, const unsigned char digest[DIGEST_LEN],
    const unsigned char *signature, size_t len)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
	bool good = context != NULL && EVP_PKEY_verify_init(context) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
	    EVP_PKEY_verify(context, signature, len, digest, DIGEST_LEN) == 1;

	EVP_PKEY_CTX_free(context);
	return good;
}

bool
publickey_verifies(const struct publickey *key,
    const unsigned char digest[DIGEST_LEN], const unsigned char *signature,
    size_t len)
{
	bool good = false;

	switch (key->algorithm) {
	case STAMP_ED25519:
		good = verifies_ed25519(key->pkey, digest, signature, len);
		break;
	case STAMP_RSA:
		good = verifies_rsa(key->pkey, digest, signature, len);
		break;
	}
	ERR_clear_error();
	return good;
}
