/*
 * recipients: what is remembered of the recipients that were accepted.
 *
 * Stamps, logs and records name the domain that all of them share, or the
 * one address; the end of a marked message asks which next hop is not bound
 * to TLS. Embedded in a transaction; the text lies in its arena.
 *
 * Threads: one owner.
 */
#ifndef HOPSEAL_SESSION_RECIPIENTS_H
#define HOPSEAL_SESSION_RECIPIENTS_H

#include "policy/base/arena.h"
#include "policy/domain.h"

struct recipients {
	size_t count;
	struct domain domain; /* the first one's */
	bool is_shared;	      /* all have that domain */
	const char *address;  /* the first one's */
	struct domain unbound; /* the first that no rule binds, or NONE */
};

/* A new message: none yet. */
void recipients_reset(struct recipients *recipients);

/*
 * One more. address: what it is delivered to, without brackets and mark;
 * copied. Fails: NOMEM.
 */
enum status recipients_add(struct recipients *recipients,
    struct arena *arena, const struct domain *domain,
    struct slice address) MUST_CHECK;

/* No rule binds the next hop of this domain to TLS. */
void recipients_note_unbound(struct recipients *recipients,
    const struct domain *domain);

/* The domain of all; NULL: there are several, or none yet. */
const struct domain *recipients_domain(const struct recipients *recipients);

/* The only one's address; NULL: there are several, or none yet. */
const char *recipients_address(const struct recipients *recipients);

#endif
