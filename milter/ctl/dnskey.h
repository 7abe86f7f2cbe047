/*
 * dnskey: key records from DNS.
 *
 * Threads: any; each lookup has a resolver state of its own. Limits: waits
 * at most some ten seconds for each name server; answers of 65,535 octets,
 * records of what the buffer takes. Source: RFC 1035, 3.3.14; RFC 6376,
 * 3.6.2.2 (strings of one record are joined).
 */
#ifndef HOPSEAL_CTL_DNSKEY_H
#define HOPSEAL_CTL_DNSKEY_H

#include <netinet/in.h>

#include "policy/base/buf.h"

/*
 * Ask server (NULL: the system's) for the TXT record at name. Of several
 * records a revoked one, wherever it stands, else the first that says v=DS1.
 * Fails: NOTFOUND (no such name or record), BUSY (no answer), LIMIT, NOMEM.
 */
enum status dnskey_ask(const struct sockaddr_in *server, const char *name,
    struct buf *record) MUST_CHECK;

/* The same of the system's server, as verify.h wants it, without context. */
enum status dnskey_lookup(void *context, const char *name,
    struct buf *record) MUST_CHECK;

/* The same from a DNS message. Fails: NOTFOUND, BUSY (malformed), LIMIT. */
enum status dnskey_parse(const unsigned char *answer, size_t len,
    struct buf *record) MUST_CHECK;

#endif
