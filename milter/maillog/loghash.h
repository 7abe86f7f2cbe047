/*
 * loghash: 64-bit hashes of texts that stand for the texts themselves.
 *
 * FNV-1a with a final mix. Good against accidents, not against malice: no
 * decision about mail hangs on it. Source: draft-eastlake-fnv.
 */
#ifndef HOPSEAL_MAILLOG_LOGHASH_H
#define HOPSEAL_MAILLOG_LOGHASH_H

#include <stdint.h>

#include "policy/base/slice.h"

/* Never 0. seed: 0, or the hash of what comes before. */
uint64_t loghash_of(uint64_t seed, struct slice text);

/* The same for a number. */
uint64_t loghash_number(uint64_t seed, uint64_t number);

#endif
