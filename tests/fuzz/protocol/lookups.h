/*
 * lookups: what strangers say to the next-hop socket.
 *
 * Threads: no state; dice have one owner. Source: socketmap_table(5).
 */
#ifndef HOPSEAL_FUZZ_LOOKUPS_H
#define HOPSEAL_FUZZ_LOOKUPS_H

#include "policy/base/buf.h"
#include "tests/fuzz/protocol/dice.h"

/* Append some queries to out, many of them no netstrings at all. */
void lookups_any(struct dice *dice, struct buf *out);

#endif
