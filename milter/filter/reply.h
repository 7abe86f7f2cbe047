/*
 * reply: from a struct reply to libmilter's reply and verdict.
 */
#ifndef HOPSEAL_FILTER_REPLY_H
#define HOPSEAL_FILTER_REPLY_H

#include <libmilter/mfapi.h>

#include "policy/verdict.h"

/* Set the reply and return the verdict that goes with it. */
sfsistat reply_send(SMFICTX *ctx, const struct reply *reply);

/* 451 4.3.0: we could not do our work. */
sfsistat reply_fault(SMFICTX *ctx);

/*
 * 421 4.3.2: the configuration now needs parts of the message that this
 * connection with the MTA was not asked for; a new one will be.
 */
sfsistat reply_reconnect(SMFICTX *ctx);

#endif
