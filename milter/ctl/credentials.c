#include "milter/ctl/credentials.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

static int
refuse_passphrase(char *out, int size, int writing, void *was_asked)
{
	(void)out;
	(void)size;
	(void)writing;
	*(bool *)was_asked = true;
	return -1;
}

static BIO *
bio_of(struct slice text)
{
	return BIO_new_mem_buf(text.len == 0 ? "" : text.at, (int)text.len);
}

/* The first certificate is the host's own, as every MTA has it. */
static X509 *
read_certificate(BIO *bio)
{
	return PEM_read_bio_X509(bio, NULL, NULL, NULL);
}

static STACK_OF(X509) *
read_others(BIO *bio)
{
	STACK_OF(X509) *others = sk_X509_new_null();
	X509 *next;

	while (others != NULL && (next = read_certificate(bio)) != NULL)
		if (sk_X509_push(others, next) == 0) {
			X509_free(next);
			break;
		}
	return others;
}

static enum key_flaw
check_key(struct slice text, X509 *certificate)
{
	enum key_flaw flaw = KEY_FLAW_NONE;
	bool was_asked = false;
	BIO *bio = bio_of(text);
	EVP_PKEY *key;

	if (bio == NULL)
		return KEY_FLAW_UNREADABLE;
	key = PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase,
	    &was_asked);
	BIO_free(bio);
	if (key != NULL && certificate != NULL &&
	    X509_check_private_key(certificate, key) != 1)
		flaw = KEY_FLAW_OTHER;
	else if (key == NULL && was_asked)
		flaw = KEY_FLAW_PASSPHRASE;
	else if (key == NULL)
		flaw = slice_holds(text, "PRIVATE KEY-----")
		    ? KEY_FLAW_UNREADABLE : KEY_FLAW_ABSENT;
	EVP_PKEY_free(key);
	return flaw;
}

static bool
verifies(X509 *certificate, STACK_OF(X509) *others, int *error)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	bool good = false;

	*error = X509_V_ERR_OUT_OF_MEM;
	if (store != NULL && context != NULL &&
	    X509_STORE_set_default_paths(store) == 1 &&
	    X509_STORE_CTX_init(context, store, certificate, others) == 1) {
		/* Times are told apart from the chain. */
		X509_STORE_CTX_set_flags(context, X509_V_FLAG_NO_CHECK_TIME);
		good = X509_verify_cert(context) == 1;
		*error = X509_STORE_CTX_get_error(context);
	}
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return good;
}

static bool
holds_issuer(STACK_OF(X509) *others, X509 *certificate)
{
	int i;

	for (i = 0; i < sk_X509_num(others); i++)
		if (X509_check_issued(sk_X509_value(others, i),
			certificate) == X509_V_OK)
			return true;
	return false;
}

static enum chain_flaw
check_chain(X509 *certificate, STACK_OF(X509) *others)
{
	int error;

	if (verifies(certificate, others, &error))
		return CHAIN_FLAW_NONE;
	if (X509_check_issued(certificate, certificate) == X509_V_OK)
		return CHAIN_FLAW_SELF_SIGNED;
	if (!holds_issuer(others, certificate))
		return CHAIN_FLAW_INCOMPLETE;
	return CHAIN_FLAW_PRIVATE;
}

static void
check_time(X509 *certificate, struct credentials *out)
{
	int days = 0, seconds = 0;

	if (ASN1_TIME_diff(&days, &seconds, NULL,
		X509_get0_notAfter(certificate)) == 1)
		out->days_left = days == 0 && seconds < 0 ? -1 : days;
	out->is_early =
	    X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0;
}

static void
check_strength(X509 *certificate, struct credentials *out)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	int digest = NID_undef;
	unsigned bits, least = 0;

	if (key != NULL) {
		bits = (unsigned)EVP_PKEY_get_bits(key);
		if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "DSA"))
			least = CREDENTIALS_RSA_MIN;
		else if (EVP_PKEY_is_a(key, "EC"))
			least = CREDENTIALS_EC_MIN;
		out->weak_bits = bits < least ? bits : 0;
	}
	if (X509_get_signature_info(certificate, &digest, NULL, NULL,
		NULL) == 1)
		out->weak_digest = digest == NID_md5 || digest == NID_sha1;
}

static void
put_name(const X509_NAME *name, char *out, size_t size)
{
	int len = X509_NAME_get_text_by_NID(name, NID_commonName, out,
	    (int)size);

	if (len <= 0)
		(void)X509_NAME_oneline(name, out, (int)size);
}

static void
check_certificate(X509 *certificate, STACK_OF(X509) *others,
    const char *host, struct credentials *out)
{
	check_time(certificate, out);
	check_strength(certificate, out);
	out->chain = check_chain(certificate, others);
	out->names_host = X509_check_host(certificate, host, strlen(host), 0,
	    NULL) == 1;
	put_name(X509_get_subject_name(certificate), out->subject,
	    sizeof(out->subject));
	put_name(X509_get_issuer_name(certificate), out->issuer,
	    sizeof(out->issuer));
}

void
credentials_check(struct slice certificate, struct slice key,
    const char *host, struct credentials *out)
{
	STACK_OF(X509) *others = NULL;
	BIO *bio = bio_of(certificate);
	X509 *own = NULL;

	memset(out, 0, sizeof(*out));
	if (bio != NULL) {
		own = read_certificate(bio);
		others = read_others(bio);
	}
	out->has_certificate = own != NULL;
	out->key = check_key(key, own);
	if (own != NULL && others != NULL)
		check_certificate(own, others, host, out);
	sk_X509_pop_free(others, X509_free);
	X509_free(own);
	BIO_free(bio);
	ERR_clear_error();
}
