/*
 * facts: what the MTA says of a client and of MAIL, in session/'s terms.
 *
 * Arguments of libmilter's callbacks and macros, translated. NULL stands
 * where nothing came. All is borrowed from libmilter and goes with the
 * callback.
 *
 * Threads: those of callbacks. Source: libmilter's mfapi documentation;
 * FACTS.md.
 */
#ifndef HOPSEAL_FILTER_FACTS_H
#define HOPSEAL_FILTER_FACTS_H

#include <sys/socket.h>

#include "milter/filter/connection.h"

/*
 * CONNECT. from: NULL, or of a family that is not IP, for a local client.
 * Its address is copied to *addr, which *out borrows too.
 */
void facts_connect(SMFICTX *ctx, const char *name,
    const struct sockaddr *from, struct ipaddr *addr,
    struct client_connect *out);

/* MAIL FROM, and the session that it came in. argv: the path, parameters. */
void facts_mail(SMFICTX *ctx, const struct connection *connection,
    char **argv, struct txn_mail *out);

#endif
