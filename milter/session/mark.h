/*
 * mark: the author's wish that this one message goes on over TLS.
 *
 * A mark is a beginning of the subject (also in encoded words, where it
 * stays), a header field, a prefix of a
 * recipient's address, or REQUIRETLS; it counts only from trusted or
 * authenticated clients. A marked message gets the route header, which the
 * MTA turns into a transport that insists on TLS; where the MTA cannot do
 * that, recipients whose next hop no rule binds are refused. The route
 * header of strangers is taken off.
 *
 * Embedded in a transaction; its lists lie in the transaction's arena.
 * Threads: one owner. Source: POLICY.md, "Next hop" and "Rulings".
 */
#ifndef HOPSEAL_SESSION_MARK_H
#define HOPSEAL_SESSION_MARK_H

#include "milter/config/config.h"
#include "milter/session/edit.h"

struct mark {
	const struct outbound_config *config; /* NULL: marks do nothing */
	bool honoured;	/* this client's marks count */
	bool is_set;	/* the message must go over TLS */
	bool for_all;	/* not by a prefix, which asks for one recipient */
	bool failed;	/* no memory: what must be changed is not known */
	uint32_t subjects, routes; /* occurrences so far */
	struct edits fields;	   /* the last one first */
	struct edits recipients;
};

/* Is any mark or a route header configured? */
bool mark_is_configured(const struct outbound_config *config);

/* A new message. config NULL: leave everything as it is. */
void mark_begin(struct mark *mark, const struct outbound_config *config,
    bool honoured);

/* The client asked for REQUIRETLS. */
void mark_requiretls(struct mark *mark);

/*
 * A recipient; address is without brackets. Returns true when it bears the
 * prefix, with *bare the address without it: in the arena if the local-part
 * is a quoted string, and empty when there is no memory for it.
 */
bool mark_has_prefix(const struct mark *mark, struct arena *arena,
    struct slice address, struct slice *bare);

/* An accepted recipient bore the prefix; both texts as above. */
void mark_add_prefixed(struct mark *mark, struct arena *arena,
    struct slice address, struct slice bare);

/*
 * A header field. *value is replaced by what the MTA will have in its
 * place, so that a stamp covers that. Returns false when the field goes.
 */
bool mark_header(struct mark *mark, struct arena *arena, struct slice name,
    struct slice *value);

/* Add what must be done to edits. Fails: NOMEM. */
enum status mark_finish(const struct mark *mark, struct arena *arena,
    struct edits *edits) MUST_CHECK;

/* Is there anything to do at the end of this message? */
bool mark_has_work(const struct mark *mark);

/* Can a marked message reach recipients that no rule binds to TLS? */
bool mark_is_routed(const struct mark *mark);

#endif
