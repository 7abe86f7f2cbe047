#include "milter/ledger/steady.h"

static bool
has_jumped(const struct steady *steady, int64_t ahead)
{
	int64_t by = ahead - steady->ahead;

	return by > STEADY_JUMP_MS || by < -STEADY_JUMP_MS;
}

enum steady_state
steady_look(struct steady *steady, int64_t wall, int64_t monotonic)
{
	int64_t ahead = wall - monotonic;
	bool jumped = steady->begun && has_jumped(steady, ahead);

	steady->begun = true;
	/* Followed at each look: a clock that drifts or is slewed is good. */
	steady->ahead = ahead;
	if (jumped) {
		steady->waits = true;
		steady->jumped = monotonic;
		return STEADY_JUMPED;
	}
	if (steady->waits && monotonic - steady->jumped < STEADY_WAIT_MS)
		return STEADY_WAITS;
	steady->waits = false;
	return STEADY_YES;
}
