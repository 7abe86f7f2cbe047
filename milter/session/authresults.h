/*
 * authresults: the Authentication-Results field that we add, and those of
 * strangers that claim to be ours.
 *
 * Mail programs read what a host of ours found out about a message in a field
 * of RFC 8601. Ours says what TLS the message came over:
 *
 *   Authentication-Results: mx.example.org;
 *	x-tls=pass smtp.version=TLSv1.3 smtp.cipher=TLS_AES_256_GCM_SHA384
 *	smtp.bits=256
 *
 * and of a session in clear `x-tls=none smtp.remote-ip=192.0.2.1`. Where the
 * MTA does not say what TLS there was, nothing is said. A field with our
 * authserv-id that came with the message is none of ours and is taken off.
 *
 * Embedded in a transaction; its list lies in the transaction's arena.
 * Threads: one owner. Source: RFC 8601, sections 2.2 and 5.
 */
#ifndef HOPSEAL_SESSION_AUTHRESULTS_H
#define HOPSEAL_SESSION_AUTHRESULTS_H

#include "milter/session/edit.h"
#include "policy/base/buf.h"
#include "policy/network.h"
#include "policy/tlsinfo.h"

#define AUTHRESULTS_FIELD_NAME "Authentication-Results"

/* Longest value that is written: a name, and the words of the session. */
enum { AUTHRESULTS_MAX = 1024 };

struct authresults {
	const char *host; /* our authserv-id; NULL: leave all as it is */
	uint32_t seen;	  /* Authentication-Results fields so far */
	struct edits forged; /* those that must go, the last one first */
	bool failed; /* no memory, or too many: what must go is not known */
};

/* A new message. host NULL: nothing is added or taken off. Borrows host. */
void authresults_begin(struct authresults *results, const char *host);

/* A header field, in the order of the message. */
void authresults_header(struct authresults *results, struct arena *arena,
    struct slice name, struct slice value);

/* Is there anything to do at the end of this message? */
bool authresults_has_work(const struct authresults *results);

/*
 * Append to edits what must be done: the forged fields go, ours comes.
 * client NULL: it has no address. Fails: NOMEM.
 */
enum status authresults_finish(const struct authresults *results,
    struct arena *arena, const struct tlsinfo *tls,
    const struct ipaddr *client, struct edits *edits) MUST_CHECK;

/*
 * Does a field with this value claim to be of host? Names are compared as
 * domains: without case and final dot, U-labels as A-labels. A value whose
 * authserv-id cannot be read, or is UTF-8 and no name, claims so when it holds
 * the name anywhere. So does one with an encoded word (RFC 2047) in it or in a
 * comment before it: whoever decodes before parsing, as Sieve does, may read
 * our name there.
 */
bool authresults_claims(struct slice value, const char *host);

/* Write the value of our field, folded with LF; nothing for TLS_UNKNOWN. */
void authresults_write(const char *host, const struct tlsinfo *tls,
    const struct ipaddr *client, struct buf *out);

#endif
