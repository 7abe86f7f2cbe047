/*
 * txnmark: what the author's marks ask of one transaction's recipients.
 *
 * A marked message goes on over TLS: by the route header, or because a rule
 * binds the next hop of every recipient. Where neither is so, a recipient is
 * refused, or at the end the message; one whom a rule binds in vain is refused
 * without a mark too. A part of txn: see txnstate.h.
 * Source: POLICY.md, "Next hop" and "Rulings".
 */
#ifndef HOPSEAL_SESSION_TXNMARK_H
#define HOPSEAL_SESSION_TXNMARK_H

#include "milter/session/envelope.h"
#include "milter/session/txn.h"

/* Whose marks count: authenticated, trusted and local clients'. */
void txnmark_begin(struct txn *txn, bool authenticated);

/* Is the next hop of every domain that the recipient may have bound? */
bool txnmark_is_bound(const struct txn *txn, const struct envelope *envelope);

/*
 * The first domain that a rule binds and the MTA cannot, and why; NULL: there
 * is none such. mailer: Sendmail's of this recipient, or NULL.
 */
const struct domain *txnmark_lost(const struct txn *txn,
    const struct envelope *envelope, const char *mailer,
    enum binding *binding);

/*
 * Does it go to another host, as far as the MTA says? What Sendmail gives to
 * its own mailers may go anywhere by an alias, or by a hub for local mail.
 */
bool txnmark_is_elsewhere(const struct txn *txn, const char *mailer);

/* May a marked message be refused for a recipient that is not bound? */
bool txnmark_may_refuse(const struct txn *txn);

/* Refuse for want of a binding: the reply, the log's line, the record. */
void txnmark_refuse(const struct txn *txn, const char *queue_id,
    enum binding binding, const struct domain *domain,
    struct reply *reply);

#endif
