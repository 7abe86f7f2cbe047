/*
 * sessions: the facts of the sessions on record, one by one.
 *
 * What the daily summaries do not hold - certificate, bits, recipient, side
 * of the rule - stands in the records alone. This walks over them once,
 * oldest first, and gives each with its TLS as policy reads it, so that a
 * rule can be tried on what really happened.
 *
 * Threads: one owner, that of queries. Limits: the records that retention
 * has left; its cost grows with the records between the first and the last
 * one wanted. Source: LEDGER.md, "Record".
 */
#ifndef HOPSEAL_LEDGER_SESSIONS_H
#define HOPSEAL_LEDGER_SESSIONS_H

#include "milter/ledger/queries.h"

/* Which records are wanted. */
enum sessions_of {
	SESSIONS_ALL,
	SESSIONS_WOULD_REFUSE /* would-reject and would-defer */
};

/* Texts are borrowed, for the time of the call. */
struct session_facts {
	int64_t time;
	unsigned part; /* 0 for the first record of a message */
	enum record_direction direction;
	enum record_event event;
	enum mode mode;
	enum side side; /* of the rule that decided */
	struct tlsinfo tls;
	const char *sender; /* as in struct ledger_record */
	const char *recipient;
	const char *policy;
	const char *peer;
	const char *address;
};

typedef void sessions_take(void *context, const struct session_facts *facts);

struct sessions_query {
	struct queries_range range;
	enum sessions_of of;
	const char *sender; /* NULL: of all; "<>" is the null sender */
};

/*
 * Each record that is wanted. One whose direction, event, mode or side is no
 * word of ours is passed over. Fails: as the queries.
 */
enum status sessions_walk(struct queries *queries,
    const struct sessions_query *query, sessions_take *take, void *context,
    struct fault *fault) MUST_CHECK;

#endif
