/*
 * notary: the digests and signatures that logs and notes stand on.
 *
 * SHA-256, ed25519 (RFC 8032). OpenSSL is known here, as it is to the stamp
 * room: rooms do not include sideways, and a stamp key signs mail while these
 * sign only a log or a policy.
 *
 * Threads: a struct sha256 has one owner; a key may sign in several threads.
 */
#ifndef HOPSEAL_NOTE_NOTARY_H
#define HOPSEAL_NOTE_NOTARY_H

#include "policy/base/buf.h"
#include "policy/base/status.h"

enum {
	NOTARY_HASH = 32,
	NOTARY_PUBLIC = 32,
	NOTARY_SIGNATURE = 64,
	NOTARY_PEM_MAX = 512
};

struct sha256;
struct notary_key;

/* Gives *out; free with sha256_free. Fails: NOMEM, CRYPTO. */
enum status sha256_new(struct sha256 **out) MUST_CHECK;
void sha256_free(struct sha256 **digest);

/*
 * SHA-256 of one octet prefix, then a, then b. Fails: CRYPTO, which only a
 * broken library does.
 */
enum status sha256_of(struct sha256 *digest, unsigned char prefix,
    struct slice a, struct slice b,
    unsigned char out[NOTARY_HASH]) MUST_CHECK;

/* SHA-256 of data. */
enum status sha256_plain(struct sha256 *digest, struct slice data,
    unsigned char out[NOTARY_HASH]) MUST_CHECK;

/* A new ed25519 key. Gives *out. Fails: CRYPTO. */
enum status notary_key_make(struct notary_key **out) MUST_CHECK;

/* Read a PEM private key (PKCS#8). Gives *out. Fails: SYNTAX, NOMEM. */
enum status notary_key_read(struct slice pem,
    struct notary_key **out) MUST_CHECK;

/* The PEM text of the private key, appended. The caller wipes it. */
enum status notary_key_pem(const struct notary_key *key,
    struct buf *out) MUST_CHECK;

void notary_key_free(struct notary_key **key);

/* The 32 octets of the public key. */
const unsigned char *notary_key_public(const struct notary_key *key);

enum status notary_sign(const struct notary_key *key, struct slice text,
    unsigned char out[NOTARY_SIGNATURE]) MUST_CHECK;

/* Does signature of text hold under the public key? False on any fault. */
bool notary_verify(const unsigned char public_key[NOTARY_PUBLIC],
    struct slice text, const unsigned char signature[NOTARY_SIGNATURE]);

/* Overwrite secret memory. */
void notary_wipe(void *memory, size_t len);

#endif
