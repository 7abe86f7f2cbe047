/*
 * base64: octets as text and back.
 *
 * Threads: no state. Limits: the caller's storage. Source: RFC 4648, 4;
 * RFC 6376, 2.10 (white space within is ignored).
 */
#ifndef HOPSEAL_STAMP_BASE64_H
#define HOPSEAL_STAMP_BASE64_H

#include "policy/base/buf.h"

/* Append len octets as text, padded. */
void base64_put(struct buf *out, const unsigned char *data, size_t len);

/*
 * Read text, white space within ignored, into out, which has room for size
 * octets; *len is how many there are. An empty text gives none. Fails:
 * SYNTAX (another octet, padding that is missing or not zero), LIMIT.
 */
enum status base64_read(struct slice text, unsigned char *out, size_t size,
    size_t *len) MUST_CHECK;

/* The same, and exactly size octets. Returns false for anything else. */
bool base64_read_exactly(struct slice text, unsigned char *out, size_t size);

#endif
