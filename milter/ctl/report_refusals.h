/*
 * report_refusals: what enforcement would have refused, why, and the remedy.
 *
 * Under observe and stamp a record says would-reject or would-defer, and with
 * what session. The reason is the reply that the client would have got: the
 * facts of the session against the level of the rule as it is in force now.
 * Equal reasons of one sender and rule are one item.
 *
 * Threads: one owner. Limits: REPORT_REFUSALS_MAX items, so that invented
 * senders fill no memory; what is beyond counts in more. Records that
 * retention removed are not among them.
 */
#ifndef HOPSEAL_CTL_REPORT_REFUSALS_H
#define HOPSEAL_CTL_REPORT_REFUSALS_H

#include "milter/config/config.h"
#include "milter/ledger/sessions.h"

enum { REPORT_REFUSALS_MAX = 1000 };

struct refusal {
	char sender[DOMAIN_MAX + 1]; /* "<>": the null sender */
	char policy[DOMAIN_MAX + 1];
	enum side side;
	char reason[REPLY_TEXT_MAX];
	const char *remedy;
	uint64_t count; /* records: one per recipient domain */
	int64_t first;
	int64_t last;
	char address[IPADDR_TEXT]; /* client of the last one */
};

struct refusals {
	struct refusal *items; /* by sender, policy, side, reason */
	size_t count;
	size_t room;
	uint64_t more; /* records that found no room */
};

/*
 * Gather them; config NULL: none was read, and of a session with TLS only
 * its own facts can be told. Pair: refusals_clear. Fails: as sessions_walk,
 * NOMEM.
 */
enum status refusals_gather(struct queries *queries,
    const struct sessions_query *query, const struct config *config,
    struct refusals *out, struct fault *fault) MUST_CHECK;
void refusals_clear(struct refusals *refusals);

/* The most frequent first, of equals by name. */
void refusals_by_count(struct refusals *refusals);

/*
 * Why messages of sender would have been refused, appended: `12: REASON; 3:
 * REASON`. Nothing when there are none.
 */
void refusals_reasons(const struct refusals *refusals, const char *sender,
    struct buf *out);

/* What to do about these, each remedy once, appended. */
void refusals_remedies(const struct refusals *refusals, const char *sender,
    struct buf *out);

#endif
