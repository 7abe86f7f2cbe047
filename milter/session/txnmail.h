/*
 * txnmail: what is known once MAIL has come, for every recipient to come.
 *
 * A part of txn: see txnstate.h.
 */
#ifndef HOPSEAL_SESSION_TXNMAIL_H
#define HOPSEAL_SESSION_TXNMAIL_H

#include "milter/session/txn.h"

/*
 * Read the session's TLS, the sender and the client into the facts. Fails:
 * as the ledger's memory; a downgrade would pass unseen.
 */
enum status txnmail_collect(struct txn *txn,
    const struct txn_mail *mail) MUST_CHECK;

#endif
