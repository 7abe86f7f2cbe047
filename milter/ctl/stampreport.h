/*
 * stampreport: what a verification found, in words or as JSON, on stdout.
 *
 * Of a stamp that did not verify only the result and its reason are shown.
 * Octets from outside that could move a terminal are escaped. Threads: one.
 * Source: STAMP.md, "hopseal verify".
 */
#ifndef HOPSEAL_CTL_STAMPREPORT_H
#define HOPSEAL_CTL_STAMPREPORT_H

#include "milter/stamp/verify.h"

/* How the message was asked about. */
struct stampreport_question {
	const struct domain *trusted;
	size_t trusted_count;	/* 0: any domain */
	const char *recipient;	/* --rcpt, or NULL */
};

void stampreport_words(const struct verification *found,
    const struct stampreport_question *question);
void stampreport_json(const struct verification *found,
    const struct stampreport_question *question);

/*
 * What a stamp that passed says, a line for each thing. recipient: as it was
 * asked for, or NULL.
 */
void stampreport_stamp(const struct verification *found,
    const char *recipient);

/* `2026-11-23 10:00:00 UTC`. */
enum { STAMPREPORT_TIME = 64 };
void stampreport_time(int64_t seconds, char out[STAMPREPORT_TIME]);

#endif
