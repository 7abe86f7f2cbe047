/*
 * receivedtls: what a Received field says of TLS, as five programs write it.
 */
#ifndef HOPSEAL_CTL_RECEIVEDTLS_H
#define HOPSEAL_CTL_RECEIVEDTLS_H

#include "milter/ctl/receivedfield.h"

/*
 * Take what the comment says of the session's TLS. Behind `from` a word like
 * a version is a host's name: only behind `with` does it count alone.
 */
void receivedtls_read(struct slice comment, bool is_behind_with,
    struct received *out);

/*
 * What the protocol says: RFC 3848 has S for TLS and A for authentication
 * behind SMTP, ESMTP and LMTP, RFC 6531 UTF8 before them.
 */
enum received_tls receivedtls_claim(struct slice with);

/* The first one counts: what comes later may be in somebody's words. */
void received_set(struct slice *out, struct slice text);

#endif
