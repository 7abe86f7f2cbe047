/*
 * alter: the edits of a message, as libmilter sends them to the MTA.
 *
 * Threads: no state. Source: libmilter's mfapi documentation.
 */
#ifndef HOPSEAL_FILTER_ALTER_H
#define HOPSEAL_FILTER_ALTER_H

#include <libmilter/mfapi.h>

#include "milter/session/edit.h"
#include "policy/base/attributes.h"

/*
 * Send all edits in their order; at the end of a message only. Returns false
 * when one was not sent: the MTA has hung up, or there is no memory. Those
 * before it may have been.
 */
bool alter_message(SMFICTX *ctx, const struct edits *edits) MUST_CHECK;

#endif
