/*
 * txn: one mail transaction, from MAIL to the end of the message.
 *
 *	txn_begin -> txn_rcpt ... -> txn_header ... -> txn_is_settled_at_eoh
 *	    -> txn_body ... -> txn_end -> (edits) -> txn_commit
 *
 * One per connection, used again for each message; txn_begin always begins
 * afresh, since MTAs do not always say that a transaction ended (FACTS.md).
 * It knows nothing of libmilter: the filter translates.
 *
 * Threads: one owner at a time. Limits: TXN_ARENA_MAX octets for what one
 * transaction must keep. Source: DESIGN.md, "One message, top to bottom".
 */
#ifndef HOPSEAL_SESSION_TXN_H
#define HOPSEAL_SESSION_TXN_H

#include "milter/config/snapshot.h"
#include "milter/ledger/ledger.h"
#include "milter/metrics/counters.h"
#include "milter/session/client.h"
#include "milter/session/edit.h"
#include "milter/system/episode.h"
#include "policy/tlsinfo.h"
#include "policy/verdict.h"

enum { TXN_ARENA_MAX = 4 * 1024 * 1024 };

struct txn;

/* What could not be done, each told once while it lasts. */
struct txn_troubles {
	struct episode records; /* on-ledger-fault decided */
	struct episode stamps;	/* on-fault decided */
	struct episode work;	/* a step failed and the message is deferred */
};

/* What transactions share; borrowed for as long as they live. */
struct txn_env {
	struct snapshot_slot *snapshots;
	struct log *log;
	struct ledger *ledger; /* NULL: no evidence is kept */
	struct counters *counters;
	struct txn_troubles *troubles;
};

/* Which parts of a message a configuration asks to see. */
struct txn_needs {
	bool headers;
	bool body;
};

/* MAIL. Pointers are borrowed for the call; NULL where nothing came. */
struct txn_mail {
	const char *path;	   /* the argument: `<a@b>` */
	const char *const *params; /* `SIZE=1`, ..., NULL */
	const char *mail_addr;	   /* {mail_addr} */
	const char *queue_id;	   /* `i` */
	struct tls_macros tls;	   /* is_postfix is set here */
	bool authenticated;	   /* {auth_type} or {auth_authen} came */
	struct txn_needs seen;	   /* what the MTA was asked to send */
};

struct txn_rcpt {
	const char *path;
	const char *rcpt_addr; /* {rcpt_addr} */
	const char *mailer;    /* {rcpt_mailer}, or NULL */
	const char *queue_id;
};

/* What the filter must do with the message. */
struct txn_result {
	struct reply reply; /* code "": accept */
	const struct edits *edits; /* in the order of the list */
};

/* Gives *out. Fails: NOMEM. */
enum status txn_new(const struct txn_env *env, struct txn **out) MUST_CHECK;
void txn_free(struct txn **txn);

/* What a transaction that begins with this snapshot must see. */
struct txn_needs txn_needs_of(const struct snapshot *snapshot);

/*
 * MAIL: begin afresh, with the configuration of now. Borrows client until
 * the transaction ends. Fails: NOMEM, CRYPTO, as ledger_history; BUSY when
 * the configuration was reloaded and now needs parts of the message that
 * mail->seen does not promise: the client must connect again.
 */
enum status txn_begin(struct txn *txn, const struct client *client,
    const struct txn_mail *mail) MUST_CHECK;

/*
 * Judge one recipient; reply.code is "" when it is accepted. Fails: NOTFOUND
 * (no transaction), NOMEM.
 */
enum status txn_rcpt(struct txn *txn, const struct txn_rcpt *rcpt,
    struct reply *reply) MUST_CHECK;

/* One field; without a transaction nothing. */
void txn_header(struct txn *txn, struct slice name, struct slice value);

/*
 * The header is complete. Returns true when the body and the end of the
 * message have nothing to add: the filter may call txn_commit and accept.
 */
bool txn_is_settled_at_eoh(struct txn *txn);

void txn_body(struct txn *txn, const void *data, size_t len);

/*
 * The end of the message. Borrows: valid until txn_commit or txn_abort.
 * Fails: NOTFOUND (no transaction); NOMEM (what must change is not known).
 */
enum status txn_end(struct txn *txn, const char *queue_id,
    struct txn_result *out) MUST_CHECK;

/*
 * Record what was done, edits included, wait for the record, and log one
 * line. Call it before the reply; it ends the transaction. Fails: as the
 * ledger, when on-ledger-fault says to defer.
 */
enum status txn_commit(struct txn *txn, const char *queue_id) MUST_CHECK;

/* Forget the transaction; harmless when there is none. */
void txn_abort(struct txn *txn);

#endif
