/*
 * script: the packets that one milter session is going to send.
 *
 *	script_init -> script_any or script_violating -> mutate (mutate.h)
 *	    -> script_write
 *
 * Threads: one owner. Limits: SCRIPT_PACKETS; one more is left out.
 * Source: libmilter/mfdef.h.
 */
#ifndef HOPSEAL_FUZZ_SCRIPT_H
#define HOPSEAL_FUZZ_SCRIPT_H

#include "policy/base/arena.h"
#include "policy/base/buf.h"
#include "tests/fuzz/protocol/dice.h"

enum { SCRIPT_PACKETS = 192, SCRIPT_OCTETS = 8 * 1024 * 1024 };

struct packet {
	char command;
	struct slice data;
	int64_t lie; /* added to the length that is announced */
};

struct script {
	struct arena *arena; /* holds what data points to */
	struct packet packets[SCRIPT_PACKETS];
	size_t count;
	size_t mails; /* MAIL steps of script_violating: each may go on */
};

/* Fails: NOMEM. Pair: script_clear. */
enum status script_init(struct script *script) MUST_CHECK;
void script_clear(struct script *script);

/* Append a packet; data is copied. */
void script_add(struct script *script, char command, struct slice data);

/* A session as MTAs have them, some of it odd; nothing is promised. */
void script_any(struct script *script, struct dice *dice);

/*
 * A session in clear whose every recipient breaks the policy for
 * bank.example, with odd packets among them that cannot change that. The
 * daemon must accept none: of its answers, only those to MAIL go on.
 */
void script_violating(struct script *script, struct dice *dice);

/* Append all of it to out, lengths as they are announced. */
void script_write(const struct script *script, struct buf *out);

#endif
