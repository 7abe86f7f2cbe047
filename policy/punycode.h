/*
 * punycode: code points as letters, digits and hyphens.
 *
 * For labels that libidn2 refuses to convert; what it converts, it converts.
 * Threads: no state. Source: RFC 3492, sections 5 and 6.
 */
#ifndef HOPSEAL_POLICY_PUNYCODE_H
#define HOPSEAL_POLICY_PUNYCODE_H

#include <stddef.h>
#include <stdint.h>

#include "policy/base/buf.h"

/* More code points than any label has room for. */
enum { PUNYCODE_MAX = 64 };

/*
 * Append the count code points, at most PUNYCODE_MAX, to out, without the
 * "xn--" of a label. ASCII stays as it is written. Too little room shows in
 * buf_status(out).
 */
void punycode_put(struct buf *out, const uint32_t *points, size_t count);

#endif
