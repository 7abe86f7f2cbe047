/*
 * macros: what the MTA said of a session, and whether all of it came.
 *
 * libmilter drops the macros of a step for which it has no memory, and goes
 * on: a client that has logged in, a verified name or TLS would be unknown.
 * An MTA that takes lists sends something of them with CONNECT and with MAIL,
 * and addresses with MAIL and with RCPT. What comes with one of a pair and not
 * with the other is lost. (Where neither comes, the MTA sends none.)
 *
 * Threads: those of callbacks; texts are borrowed from libmilter and go with
 * the callback.
 */
#ifndef HOPSEAL_FILTER_MACROS_H
#define HOPSEAL_FILTER_MACROS_H

#include "milter/filter/connection.h"

/* A macro's value, or NULL. */
const char *macro(SMFICTX *ctx, const char *name);

/* Did it come, and not empty? */
bool macro_is_set(SMFICTX *ctx, const char *name);

/* Did CONNECT bring any macro of the list for it? */
bool macros_came_with_connect(SMFICTX *ctx);

/* Did MAIL bring any macro of its own? */
bool macros_came_with_mail(SMFICTX *ctx);

/* Were macros of CONNECT or MAIL lost? Ask at MAIL. */
bool macros_were_lost(SMFICTX *ctx, const struct connection *connection);

/* Were those of this RCPT? */
bool macros_of_rcpt_were_lost(SMFICTX *ctx,
    const struct connection *connection);

#endif
