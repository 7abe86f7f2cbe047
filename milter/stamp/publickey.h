/*
 * publickey: check signatures of stamps.
 *
 * Threads: one owner. Source: RFC 8463 (ed25519-sha256); RFC 6376, 3.3
 * (rsa-sha256); RFC 8301 (sizes).
 */
#ifndef HOPSEAL_STAMP_PUBLICKEY_H
#define HOPSEAL_STAMP_PUBLICKEY_H

#include "milter/stamp/digest.h"
#include "milter/stamp/key.h"

enum {
	PUBLICKEY_RSA_MIN = 2048, /* bits */
	PUBLICKEY_RSA_MAX = 8192,
	PUBLICKEY_SIGNATURE_MAX = PUBLICKEY_RSA_MAX / 8, /* octets */
	PUBLICKEY_OCTETS_MAX = 2048
};

struct publickey;

/*
 * Read p= of a key record, its base64 undone: 32 octets, or a
 * SubjectPublicKeyInfo in DER. Gives *out. Fails: SYNTAX (another key, RSA
 * of another size, octets behind it), NOMEM.
 */
enum status publickey_read(enum stamp_algorithm algorithm,
    const unsigned char *octets, size_t len,
    struct publickey **out) MUST_CHECK;
void publickey_free(struct publickey **key);

/* Is signature the key's signature of the data with this SHA-256? */
bool publickey_verifies(const struct publickey *key,
    const unsigned char digest[DIGEST_LEN], const unsigned char *signature,
    size_t len);

#endif
