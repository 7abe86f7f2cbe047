/*
 * txnrecord: what a transaction leaves: a line in the log, and its records in
 * the ledger.
 *
 * A part of txn: see txnstate.h.
 */
#ifndef HOPSEAL_SESSION_TXNRECORD_H
#define HOPSEAL_SESSION_TXNRECORD_H

#include "milter/session/txn.h"

/*
 * A recipient, or at the end the message, is refused. recipient NULL: there
 * are several. Nobody waits for the record.
 */
void txnrecord_refused(const struct txn *txn, const char *queue_id,
    const struct domain *recipient, const struct verdict *verdict,
    const struct reply *reply);

/*
 * The message is accepted: wait for its records, then log and count it.
 * Fails: as the ledger, when on-ledger-fault says to defer.
 */
enum status txnrecord_accepted(struct txn *txn,
    const char *queue_id) MUST_CHECK;

#endif
