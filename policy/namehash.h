/*
 * namehash: the hashes of a name and of all its parents, in one pass.
 *
 * From the last octet to the first, so that the hash of a name begins with
 * that of its parent. What lies below a name has a hash of its own: that of
 * the name with NAMEHASH_BELOW mixed in (exclusive or).
 *
 * Good against accidents; names come from the administrator. Threads: no
 * state. Limits: names of NAMEHASH_LEN_MAX octets. Source:
 * draft-eastlake-fnv, FNV-1a of 64 bits.
 */
#ifndef HOPSEAL_POLICY_NAMEHASH_H
#define HOPSEAL_POLICY_NAMEHASH_H

#include <stdint.h>

#include "policy/base/slice.h"

enum {
	NAMEHASH_LEN_MAX = 255,
	NAMEHASH_LABELS = NAMEHASH_LEN_MAX + 1 /* any may be empty */
};

#define NAMEHASH_BELOW UINT64_C(0x9e3779bd8ef1b1de)

uint64_t namehash_of(struct slice name);

/*
 * The hashes of a name and its parents, the shortest first. Returns how many:
 * 1 to NAMEHASH_LABELS.
 */
size_t namehash_parents(struct slice name, uint64_t hashes[NAMEHASH_LABELS]);

#endif
