/*
 * signals: those that the main thread waits for, and nobody else gets.
 *
 *	TERM, INT, HUP	stop
 *	USR1		reload; a process of the fleet may send it
 *	USR2		the filter has ended
 *	CHLD		the key holder or the processes of the fleet may have
 *
 * Threads: block before there are others, so that all inherit it.
 */
#ifndef HOPSEAL_SERVER_SIGNALS_H
#define HOPSEAL_SERVER_SIGNALS_H

#include <stdint.h>

/*
 * Before the first fork: the end of the key holder must not go unheard, nor
 * what a process of the fleet sends as soon as there is one.
 */
void signals_block_early(void);

/* All of them. */
void signals_block(void);

/* Wait for the next one, at most watchdog_ms; then 0. 0 ms: for ever. */
int signals_next(int64_t watchdog_ms);

#endif
