/*
 * dice: chance that can be repeated.
 *
 * Each session has dice of its own, made of the seed of the run and the
 * number of the session, so that one session can be sent again without those
 * before it. Threads: one owner. Source: splitmix64, by Steele, Lea and Flood.
 */
#ifndef HOPSEAL_FUZZ_DICE_H
#define HOPSEAL_FUZZ_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

void dice_init(struct dice *dice, uint64_t seed, uint64_t session);

uint64_t dice_next(struct dice *dice);

/* 0 to bound - 1; bound is not 0. */
size_t dice_below(struct dice *dice, size_t bound);

/* true once in n times. */
bool dice_one_in(struct dice *dice, size_t n);

#endif
