#include "tests/fuzz/protocol/dice.h"

uint64_t
dice_next(struct dice *dice)
{
	uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void
dice_init(struct dice *dice, uint64_t seed, uint64_t session)
{
	dice->state = seed;
	dice->state = dice_next(dice) + session;
	dice->state = dice_next(dice);
}

size_t
dice_below(struct dice *dice, size_t bound)
{
	return (size_t)(dice_next(dice) % bound);
}

bool
dice_one_in(struct dice *dice, size_t n)
{
	return dice_below(dice, n) == 0;
}
