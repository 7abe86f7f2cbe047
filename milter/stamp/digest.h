/*
 * digest: SHA-256 over pieces.
 *
 *	digest_new -> digest_begin -> digest_put ... -> digest_end
 *
 * It may be begun again as often as wanted, and keeps its memory. A step
 * that fails is told by digest_end. Threads: one owner. Source: FIPS 180-4,
 * by OpenSSL.
 */
#ifndef HOPSEAL_STAMP_DIGEST_H
#define HOPSEAL_STAMP_DIGEST_H

#include <stddef.h>

#include "policy/base/status.h"

enum { DIGEST_LEN = 32 };

struct digest;

/* Gives *out; free with digest_free. Fails: NOMEM, CRYPTO. */
enum status digest_new(struct digest **out) MUST_CHECK;
void digest_free(struct digest **digest);

void digest_begin(struct digest *digest);
void digest_put(struct digest *digest, const void *data, size_t len);

/* Fails: CRYPTO. */
enum status digest_end(struct digest *digest,
    unsigned char out[DIGEST_LEN]) MUST_CHECK;

#endif
