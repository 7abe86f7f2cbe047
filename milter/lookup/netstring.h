/*
 * netstring: `LENGTH:OCTETS,`, read from a stream.
 *
 * Source: Bernstein, Netstrings; socketmap_table(5). Limits:
 * NETSTRING_MAX octets of content.
 */
#ifndef HOPSEAL_LOOKUP_NETSTRING_H
#define HOPSEAL_LOOKUP_NETSTRING_H

#include "policy/base/buf.h"

enum { NETSTRING_MAX = 10000, NETSTRING_DIGITS = 6 };

/*
 * Look for a whole netstring at the beginning of data. STATUS_OK: *content
 * is what it holds (borrowed) and *used how many octets it took.
 * STATUS_BUSY: more octets are wanted. Fails: SYNTAX (this is no netstring,
 * leading zeros included), LIMIT (longer than NETSTRING_MAX).
 */
enum status netstring_read(struct slice data, struct slice *content,
    size_t *used) MUST_CHECK;

/* Append content as a netstring. */
void netstring_put(struct slice content, struct buf *out);

#endif
