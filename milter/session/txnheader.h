/*
 * txnheader: the header of one message, field by field.
 *
 * Stamps and results that claim to be ours are noted, marks are read, what
 * stays is fed to the stamper, and the From field is judged. A part of txn:
 * see txnstate.h.
 */
#ifndef HOPSEAL_SESSION_TXNHEADER_H
#define HOPSEAL_SESSION_TXNHEADER_H

#include "milter/session/txn.h"

/*
 * The recipients are known, the header comes. Harmless when it has begun: a
 * message may have no header.
 */
void txnheader_begin(struct txn *txn);

void txnheader_field(struct txn *txn, struct slice name, struct slice value);

#endif
