#include "milter/note/notary.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>

struct sha256 {
	EVP_MD *sha256; /* fetched once: a fetch costs more than a hash */
	EVP_MD_CTX *context;
};

struct notary_key {
	EVP_PKEY *key;
	unsigned char public_key[NOTARY_PUBLIC];
};

enum status
sha256_new(struct sha256 **out)
{
	struct sha256 *digest = calloc(1, sizeof(*digest));

	if (digest == NULL)
		return STATUS_NOMEM;
	digest->sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	digest->context = EVP_MD_CTX_new();
	if (digest->sha256 == NULL || digest->context == NULL) {
		sha256_free(&digest);
		return STATUS_CRYPTO;
	}
	*out = digest;
	return STATUS_OK;
}

void
sha256_free(struct sha256 **digest)
{
	if (*digest == NULL)
		return;
	EVP_MD_CTX_free((*digest)->context);
	EVP_MD_free((*digest)->sha256);
	free(*digest);
	*digest = NULL;
}

static bool
digest_parts(struct sha256 *digest, struct slice head, struct slice a,
    struct slice b, unsigned char *out)
{
	return EVP_DigestInit_ex2(digest->context, digest->sha256, NULL) == 1 &&
	    EVP_DigestUpdate(digest->context, head.at, head.len) == 1 &&
	    EVP_DigestUpdate(digest->context, a.at, a.len) == 1 &&
	    EVP_DigestUpdate(digest->context, b.at, b.len) == 1 &&
	    EVP_DigestFinal_ex(digest->context, out, NULL) == 1;
}

enum status
sha256_of(struct sha256 *digest, unsigned char prefix, struct slice a,
    struct slice b, unsigned char out[NOTARY_HASH])
{
	struct slice head = slice_make((const char *)&prefix, 1);

	return digest_parts(digest, head, a, b, out) ? STATUS_OK
						     : STATUS_CRYPTO;
}

enum status
sha256_plain(struct sha256 *digest, struct slice data,
    unsigned char out[NOTARY_HASH])
{
	struct slice none = slice_of("");

	return digest_parts(digest, none, data, none, out) ? STATUS_OK
							   : STATUS_CRYPTO;
}

/* Takes pkey, also when it fails. */
static enum status
key_wrap(EVP_PKEY *pkey, struct notary_key **out)
{
	struct notary_key *key = calloc(1, sizeof(*key));
	size_t len = sizeof(key->public_key);

	if (key == NULL) {
		EVP_PKEY_free(pkey);
		return STATUS_NOMEM;
	}
	key->key = pkey;
	if (EVP_PKEY_get_raw_public_key(pkey, key->public_key, &len) != 1 ||
	    len != NOTARY_PUBLIC) {
		notary_key_free(&key);
		return STATUS_CRYPTO;
	}
	*out = key;
	return STATUS_OK;
}

enum status
notary_key_make(struct notary_key **out)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	if (pkey == NULL)
		return STATUS_CRYPTO;
	return key_wrap(pkey, out);
}

/* OpenSSL asks for a passphrase on the terminal unless told that there is
 * none. */
static int
no_passphrase(char *text, int size, int rwflag, void *context)
{
	(void)text;
	(void)size;
	(void)rwflag;
	(void)context;
	return -1;
}

enum status
notary_key_read(struct slice pem, struct notary_key **out)
{
	BIO *bio;
	EVP_PKEY *pkey;

	if (pem.len > NOTARY_PEM_MAX)
		return STATUS_SYNTAX;
	bio = BIO_new_mem_buf(pem.at, (int)pem.len);
	if (bio == NULL)
		return STATUS_NOMEM;
	pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	if (pkey == NULL)
		return STATUS_SYNTAX;
	if (!EVP_PKEY_is_a(pkey, "ED25519")) {
		EVP_PKEY_free(pkey);
		return STATUS_SYNTAX;
	}
	return key_wrap(pkey, out);
}

enum status
notary_key_pem(const struct notary_key *key, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text;
	long len;

	if (bio == NULL)
		return STATUS_NOMEM;
	if (PEM_write_bio_PKCS8PrivateKey(
		bio, key->key, NULL, NULL, 0, NULL, NULL) != 1) {
		BIO_free(bio);
		return STATUS_CRYPTO;
	}
	len = BIO_get_mem_data(bio, &text);
	buf_put(out, text, (size_t)len);
	BIO_free(bio);
	return buf_status(out);
}

void
notary_key_free(struct notary_key **key)
{
	if (*key == NULL)
		return;
	EVP_PKEY_free((*key)->key);
	free(*key);
	*key = NULL;
}

const unsigned char *
notary_key_public(const struct notary_key *key)
{
	return key->public_key;
}

enum status
notary_sign(const struct notary_key *key, struct slice text,
    unsigned char out[NOTARY_SIGNATURE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t len = NOTARY_SIGNATURE;
	bool good;

	if (context == NULL)
		return STATUS_NOMEM;
	good = EVP_DigestSignInit(context, NULL, NULL, NULL, key->key) == 1 &&
	    EVP_DigestSign(context, out, &len, (const unsigned char *)text.at,
		text.len) == 1 &&
	    len == NOTARY_SIGNATURE;
	EVP_MD_CTX_free(context);
	return good ? STATUS_OK : STATUS_CRYPTO;
}

bool
notary_verify(const unsigned char public_key[NOTARY_PUBLIC],
    struct slice text, const unsigned char signature[NOTARY_SIGNATURE])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(
	    EVP_PKEY_ED25519, NULL, public_key, NOTARY_PUBLIC);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good;

	good = key != NULL && context != NULL &&
	    EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestVerify(context, signature, NOTARY_SIGNATURE,
		(const unsigned char *)text.at, text.len) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return good;
}

void
notary_wipe(void *memory, size_t len)
{
	OPENSSL_cleanse(memory, len);
}
