/*
 * txnstamp: the stamp of one message, or why it has none.
 *
 * A part of txn: see txnstate.h. Source: STAMP.md, "In the filter".
 */
#ifndef HOPSEAL_SESSION_TXNSTAMP_H
#define HOPSEAL_SESSION_TXNSTAMP_H

#include "milter/session/txn.h"

/*
 * Stamp if all that is known allows it: *stamp is the field's value, in the
 * stamper, and NULL when there is none. Returns false when on-fault says to
 * defer.
 */
bool txnstamp_make(struct txn *txn, const char *queue_id, const char **stamp);

#endif
