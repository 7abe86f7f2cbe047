/*
 * binding: rs= and rc=, which bind a stamp to its one recipient without
 * naming it to those who do not know the address.
 *
 * Threads: no state. Source: STAMP.md, "Shape"; RFC 2104.
 */
#ifndef HOPSEAL_STAMP_BINDING_H
#define HOPSEAL_STAMP_BINDING_H

#include "policy/base/slice.h"
#include "policy/base/status.h"

enum { BINDING_SALT = 16, BINDING_CODE = 32 };

/*
 * rc = HMAC-SHA-256(rs, "delivered-securely" NUL address). address has no
 * angle brackets; the case of its local-part counts, its domain is
 * normalized here. Fails: SYNTAX (no local-part, or no domain that can be
 * compared), LIMIT (over ADDRESS_MAX), CRYPTO.
 */
enum status binding_code(const unsigned char salt[BINDING_SALT],
    struct slice address, unsigned char code[BINDING_CODE]) MUST_CHECK;

#endif
