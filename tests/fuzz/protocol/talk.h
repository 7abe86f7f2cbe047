/*
 * talk: says prepared octets to a server, in one of the ways of strangers.
 *
 * What the server answers is read all along, unless the style leaves it.
 * Threads: no state. Limits: TALK_ANSWERS_MAX octets of answers are kept;
 * TALK_PATIENCE_MS of silence.
 */
#ifndef HOPSEAL_FUZZ_TALK_H
#define HOPSEAL_FUZZ_TALK_H

#include "policy/base/buf.h"
#include "tests/fuzz/protocol/dice.h"

enum { TALK_ANSWERS_MAX = 16 * 1024 * 1024, TALK_PATIENCE_MS = 60000 };

struct talk_style {
	size_t piece;	 /* octets of one send */
	bool half_close; /* then read to the end; else hang up at once */
	bool deaf;	 /* never read */
};

/* Mostly plain, so that the daemon gets to see the rest. */
struct talk_style talk_style_of(struct dice *dice);

/* The style in which all answers are read. */
extern const struct talk_style talk_attentive;

/*
 * Connect to target (link.h, which ends the program if nobody listens), say
 * octets, append the answers to out. Returns false when the server neither
 * took, nor said, nor closed anything for TALK_PATIENCE_MS.
 */
bool talk(const char *target, struct slice octets, struct talk_style style,
    struct buf *out);

#endif
