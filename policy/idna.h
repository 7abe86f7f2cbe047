/*
 * idna: U-labels to A-labels. The only file of policy/ that knows libidn2.
 *
 * Source: RFC 5891; UTS 46, non-transitional; RFC 3492.
 */
#ifndef HOPSEAL_POLICY_IDNA_H
#define HOPSEAL_POLICY_IDNA_H

#include "policy/base/slice.h"

/* The longest text that is tried, and the longest that is given. */
enum { IDNA_MAX = 1024 };

/*
 * Convert the UTF-8 text name to A-labels in out, NUL-terminated. A label
 * that IDNA2008 refuses and UTS 46 may allow is mapped by character. Returns
 * false, with out undefined, when a label has more than PUNYCODE_MAX code
 * points, when name is no UTF-8, or when it or its outcome is longer than
 * IDNA_MAX octets.
 */
bool idna_to_alabels(struct slice name, char out[IDNA_MAX + 1]);

#endif
