/*
 * mutate: what is done to the packets and octets of a session.
 *
 * Threads: no state; dice and script have one owner.
 */
#ifndef HOPSEAL_FUZZ_MUTATE_H
#define HOPSEAL_FUZZ_MUTATE_H

#include "tests/fuzz/protocol/script.h"

/*
 * Some packets are lost, repeated, exchanged, cut, made longer, changed, or
 * announce another length.
 */
void mutate_packets(struct script *script, struct dice *dice);

/* Some octets are changed, put in, or missing at the end. */
void mutate_octets(struct buf *octets, struct dice *dice);

#endif
