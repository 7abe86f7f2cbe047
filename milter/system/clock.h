/*
 * clock: the two times that the program knows.
 *
 * Wall time goes into stamps and records, monotonic time measures waits.
 * Both are asked for at the edge and passed in (CONVENTIONS, "Tests").
 */
#ifndef HOPSEAL_SYSTEM_CLOCK_H
#define HOPSEAL_SYSTEM_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970 UTC. */
int64_t clock_wall_ms(void);

/* Microseconds since some moment; never goes back. */
int64_t clock_monotonic_us(void);

#endif
