/*
 * txnstate: what is known of one transaction, shared by its parts.
 *
 *	txn		the order of the steps
 *	txnmail		MAIL: the facts that hold for every recipient
 *	txnmark		what the author's marks ask of the recipients
 *	txnrcpt		RCPT: judge one recipient
 *	txnheader	the header: what goes, what its From field changes
 *	txnstamp	the end: the stamp, or why there is none
 *	txnrecord	the log's line and the ledger's records
 *
 * These files alone include this; for all others the struct is opaque.
 * Each step finds in it what the steps before it have learned.
 */
#ifndef HOPSEAL_SESSION_TXNSTATE_H
#define HOPSEAL_SESSION_TXNSTATE_H

#include "milter/session/authresults.h"
#include "milter/session/evidence.h"
#include "milter/session/mark.h"
#include "milter/session/message.h"
#include "milter/session/recipients.h"
#include "milter/session/txn.h"
#include "policy/decide.h"

struct txn {
	const struct txn_env *env;
	struct arena *arena;
	struct snapshot *snapshot;   /* NULL: no transaction */
	const struct client *client; /* the connection's */

	/* Known since MAIL. */
	struct tlsinfo tls;
	struct domain senders[FACTS_DOMAINS];
	struct facts facts; /* points into this struct */

	/* Grows with each RCPT. */
	struct recipients recipients;
	struct evidence evidence;
	struct mark mark; /* and with the header */
	/* Over all accepted recipients, and then the From field. */
	struct verdict verdict;

	/* Known of the header and the body so far. */
	bool header_begun;
	struct message message;
	struct authresults results;

	/* Known at the end. */
	struct edits edits;
	char stamp_id[STAMP_ID_LEN + 1]; /* "": not stamped */
	bool stamp_fault;
};

/* The configuration that the transaction began with. */
const struct config *txn_config(const struct txn *txn);

/* The sender's domain for logs and stamps; NULL for the null sender. */
const struct domain *txn_sender(const struct txn *txn);

/* What our host is called: by= of stamps, and our authserv-id. */
const char *txn_host(const struct txn *txn);

/*
 * A verdict on what was accepted. That of the message is the strictest; one
 * of SIDE_NONE takes no part.
 */
void txn_join(struct txn *txn, const struct verdict *verdict);

/* Does everything known so far allow a stamp? */
bool txn_may_stamp(const struct txn *txn);

#endif
