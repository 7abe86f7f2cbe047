/*
 * txnrcpt: judge one recipient, and take or refuse it.
 *
 * A part of txn: see txnstate.h.
 */
#ifndef HOPSEAL_SESSION_TXNRCPT_H
#define HOPSEAL_SESSION_TXNRCPT_H

#include "milter/session/txn.h"

/* reply.code is "" when it is accepted. Fails: NOMEM. */
enum status txnrcpt_judge(struct txn *txn, const struct txn_rcpt *rcpt,
    struct reply *reply) MUST_CHECK;

#endif
