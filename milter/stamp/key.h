/*
 * key: a private key that signs stamps.
 *
 * The private half is in this process (the hopseal command), or in another
 * that signs for it (the daemon: keyholder).
 *
 * Threads: signing with one key from several threads is safe. The memory is
 * wiped by stamp_key_free. Source: RFC 8463 (ed25519-sha256), RFC 6376, 3.3
 * (rsa-sha256).
 */
#ifndef HOPSEAL_STAMP_KEY_H
#define HOPSEAL_STAMP_KEY_H

#include "policy/base/buf.h"
#include "policy/base/status.h"

struct stamp_key;

enum stamp_algorithm { STAMP_ED25519, STAMP_RSA };

enum {
	STAMP_SIGNATURE_MAX = 1024, /* octets; of RSA of 8192 bits */
	STAMP_KEY_PEM_MAX = 16 * 1024
};

/* ed25519, rsa: k= of a key record. ed25519-sha256, rsa-sha256: a=. */
const char *stamp_algorithm_key(enum stamp_algorithm algorithm);
const char *stamp_algorithm_name(enum stamp_algorithm algorithm);

/*
 * Read a PEM private key: Ed25519, or RSA of 2048 to 8192 bits. pem is the
 * text of the file, name the file's name for the fault. Gives *out.
 * Fails: SYNTAX (no private key, a passphrase on it, a public key or
 * certificate instead, another algorithm, RSA too short; each with the
 * sentence that says what was found and what to do), NOMEM, CRYPTO.
 */
enum status stamp_key_read(struct slice pem, const char *name,
    struct stamp_key **out, struct fault *fault) MUST_CHECK;

/* Who signs for a key that is not in this process. */
struct stamp_signer {
	enum status (*sign)(void *context, const unsigned char digest[32],
	    unsigned char signature[STAMP_SIGNATURE_MAX], size_t *len);
	void (*release)(void *context); /* the key is freed */
	void *context;
};

/*
 * A key of which only the public half, the record's text, is here. Gives
 * *out, which releases the signer when it is freed; after a failure the
 * signer is the caller's. Fails: SYNTAX (no record), NOMEM.
 */
enum status stamp_key_elsewhere(struct slice record,
    const struct stamp_signer *signer, struct stamp_key **out,
    struct fault *fault) MUST_CHECK;

/*
 * Make a new key; bits count for RSA only, 2048 to 8192. Gives *out. Fails:
 * LIMIT (bits), NOMEM, CRYPTO.
 */
enum status stamp_key_generate(enum stamp_algorithm algorithm, unsigned bits,
    struct stamp_key **out, struct fault *fault) MUST_CHECK;
void stamp_key_free(struct stamp_key **key);

enum stamp_algorithm stamp_key_algorithm(const struct stamp_key *key);

/*
 * Sign data by its SHA-256. *len is how many octets signature got. Fails:
 * CRYPTO; IO (the process that holds the key does not answer).
 */
enum status stamp_key_sign(const struct stamp_key *key,
    const unsigned char digest[32],
    unsigned char signature[STAMP_SIGNATURE_MAX], size_t *len) MUST_CHECK;

/* Sign and verify something, as a reload does before it swaps. */
enum status stamp_key_selftest(const struct stamp_key *key,
    struct fault *fault) MUST_CHECK;

/* The TXT record: `v=DS1; k=ed25519; p=...`, appended to out. */
enum status stamp_key_record(const struct stamp_key *key,
    struct buf *out) MUST_CHECK;

/*
 * The private key as PEM (PKCS #8), appended to out: the caller wipes it.
 * Fails: NOMEM, LIMIT, CRYPTO (also: it is not in this process).
 */
enum status stamp_key_pem(const struct stamp_key *key,
    struct buf *out) MUST_CHECK;

#endif
