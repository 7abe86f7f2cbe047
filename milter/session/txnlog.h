/*
 * txnlog: the log line of a transaction and of a refusal.
 *
 * Keys: id, sender, rcpt, client, tls, cipher, bits, cert, mode, policy,
 * side, verdict, stamp, stripped, reply. Never a local-part. A value that is
 * not there is written `-`, the null sender `<>`, a domain that cannot be
 * compared `*`.
 */
#ifndef HOPSEAL_SESSION_TXNLOG_H
#define HOPSEAL_SESSION_TXNLOG_H

#include "milter/session/client.h"
#include "milter/system/log.h"
#include "policy/verdict.h"

/* What a line says; borrowed. */
struct txnlog_facts {
	const char *queue_id;		/* NULL: not known */
	const struct domain *sender;	/* NULL: null sender */
	const struct domain *recipient; /* NULL: several */
	size_t recipients;		/* accepted so far */
	const struct client *client;
	const struct tlsinfo *tls;
	const struct verdict *verdict;
	const char *stamp_id; /* NULL: none */
	size_t stripped;
};

void txnlog_accepted(struct log *log, const struct txnlog_facts *facts);
void txnlog_refused(struct log *log, const struct txnlog_facts *facts,
    const struct reply *reply);

#endif
