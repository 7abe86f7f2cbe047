/*
 * progress: one line on a terminal that says how far long work has come.
 *
 * `3/120 bank.example`, drawn over itself on stderr and wiped at the end.
 * Where stderr is no terminal nothing at all is written, so that callers
 * need not ask.
 *
 *	progress_begin(&progress, stderr, 120);
 *	progress_show(&progress, 3, "bank.example");
 *	progress_end(&progress);
 *
 * Threads: one owner. Limits: the line is cut to PROGRESS_COLUMNS. Whoever
 * shows thousands of steps in a second uses progress_pace().
 */
#ifndef HOPSEAL_CTL_PROGRESS_H
#define HOPSEAL_CTL_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

enum { PROGRESS_COLUMNS = 72 };

struct progress {
	FILE *out; /* NULL: no terminal, stays silent */
	unsigned long total;
	long pace_ms;
	long drawn_ms; /* monotonic clock */
	bool drawn;
};

/* total: number of steps, 0 when it is not known. Borrows out. */
void progress_begin(struct progress *progress, FILE *out,
    unsigned long total);

/* Draw at most once in so many milliseconds; without it each step is drawn. */
void progress_pace(struct progress *progress, long milliseconds);

/* Step done is being worked on. Octets of what that do not print become ?. */
void progress_show(struct progress *progress, unsigned long done,
    const char *what);

/* Wipe the line, so that what is printed next begins in column one. */
void progress_end(struct progress *progress);

#endif
