/*
 * keyfile: find the private key in the text of a PEM file, and say what
 * else is in it when there is none that signs stamps.
 *
 * Threads: no state. Known to key.c only, since it speaks OpenSSL. Source:
 * RFC 7468.
 */
#ifndef HOPSEAL_STAMP_KEYFILE_H
#define HOPSEAL_STAMP_KEYFILE_H

#include <openssl/evp.h>

#include "policy/base/slice.h"
#include "policy/base/status.h"

/*
 * Gives *out, an Ed25519 or RSA private key of allowed size. name is the
 * file's, for the fault. Never asks for a passphrase. Fails: SYNTAX, NOMEM.
 */
enum status keyfile_read(struct slice pem, const char *name, EVP_PKEY **out,
    struct fault *fault) MUST_CHECK;

#endif
