/*
 * steady: is the wall clock to be believed when old records are to go?
 *
 * Somebody sets it ten years ahead by mistake, or a battery is empty: then all
 * evidence is old, and retention would remove it within minutes. So after a
 * jump against the clock that is never set, it is not believed until a day
 * has passed without another jump. What it was at the start is believed.
 *
 * Threads: one owner. Limits: times in milliseconds.
 */
#ifndef HOPSEAL_LEDGER_STEADY_H
#define HOPSEAL_LEDGER_STEADY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	STEADY_JUMP_MS = 60 * 60 * 1000,
	STEADY_WAIT_MS = 24 * STEADY_JUMP_MS
};

/* All zero at the start. */
struct steady {
	bool begun;
	bool waits;
	int64_t ahead; /* of the monotonic clock */
	int64_t jumped; /* when, monotonic */
};

enum steady_state { STEADY_YES, STEADY_JUMPED, STEADY_WAITS };

/* Look at both clocks. STEADY_JUMPED once for each jump, then WAITS. */
enum steady_state steady_look(struct steady *steady, int64_t wall,
    int64_t monotonic);

#endif
