/*
 * suggest_rule: the rule that a domain's evidence supports, or why none.
 *
 * Pure: evidence and the rule in force go in, a suggestion comes out. No
 * session of the evidence would be refused or deferred by it: what does not
 * hold for all of them is not suggested. Source: POLICY.md, "Decision".
 */
#ifndef HOPSEAL_CTL_SUGGEST_RULE_H
#define HOPSEAL_CTL_SUGGEST_RULE_H

#include "milter/ctl/suggest_evidence.h"
#include "policy/table.h"

/* Why nothing is suggested for a side; in the order of looking. */
enum suggest_left {
	SUGGEST_NOT_LEFT, /* a mode is suggested */
	SUGGEST_NOTHING,  /* no mail, or not asked for */
	SUGGEST_ALREADY,  /* the rule in force asks for as much */
	SUGGEST_FEW,
	SUGGEST_SHORT,
	SUGGEST_UNKNOWN,
	SUGGEST_FAILED,
	SUGGEST_CLEAR, /* in clear, and no mode would help */
	SUGGEST_WEAK,
	SUGGEST_LEFT_REASONS
};

struct suggest_limits {
	uint64_t messages;
	uint64_t days;
};

struct suggestion {
	const struct suggest_candidate *candidate; /* borrowed */
	enum suggest_left left_from, left_to;
	/* What the stanza says; a side left out keeps what is in force. */
	enum mode from, to;
	struct level level;
	bool one_peer; /* peer is any, as `to` would ask servers for it too */
	/* To be thought over, so it is printed as a comment. */
	bool governed; /* another rule than `*` speaks for the domain */
	bool mixed;    /* prefer would hold mail back */
};

/* Enough messages over enough days? SUGGEST_NOT_LEFT, _FEW or _SHORT. */
enum suggest_left suggest_enough(const struct suggest_limits *limits,
    uint64_t messages, int64_t first, int64_t last);

/*
 * Decide on both sides; in and out: which of them is asked for. in_force is
 * what the table says of the domain. Returns whether anything is suggested.
 */
bool suggest_decide(const struct suggest_candidate *candidate,
    const struct suggest_limits *limits, const struct match *in_force,
    const bool asked[2], struct suggestion *out);

#endif
