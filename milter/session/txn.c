#include "milter/session/txn.h"

#include <stdlib.h>
#include <string.h>

#include "milter/session/txnheader.h"
#include "milter/session/txnmail.h"
#include "milter/session/txnmark.h"
#include "milter/session/txnrcpt.h"
#include "milter/session/txnrecord.h"
#include "milter/session/txnstamp.h"
#include "milter/session/txnstate.h"

enum { TXN_CHUNK = 2048 };

enum status
txn_new(const struct txn_env *env, struct txn **out)
{
	struct arena *arena;
	struct txn *txn = calloc(1, sizeof(*txn));

	if (txn == NULL)
		return STATUS_NOMEM;
	if (arena_new(TXN_CHUNK, TXN_ARENA_MAX, &arena) != STATUS_OK) {
		free(txn);
		return STATUS_NOMEM;
	}
	txn->env = env;
	txn->arena = arena;
	message_init(&txn->message, arena);
	*out = txn;
	return STATUS_OK;
}

void
txn_free(struct txn **txn)
{
	if (*txn == NULL)
		return;
	txn_abort(*txn);
	message_clear(&(*txn)->message);
	arena_free(&(*txn)->arena);
	free(*txn);
	*txn = NULL;
}

void
txn_abort(struct txn *txn)
{
	if (txn->snapshot != NULL)
		snapshot_release(&txn->snapshot);
	evidence_reset(&txn->evidence);
	arena_reset(txn->arena);
}

struct txn_needs
txn_needs_of(const struct snapshot *snapshot)
{
	const struct config *config = snapshot_config(snapshot);
	struct table_traits traits = table_traits(config->table);
	bool changes = config->operation != OPERATION_OBSERVE || traits.stamps;
	struct txn_needs needs;

	needs.body = snapshot_key(snapshot) != NULL && changes;
	needs.headers = needs.body || traits.header_from ||
	    (changes && config->stamp.authentication_results) ||
	    (config->operation != OPERATION_OBSERVE &&
		mark_is_configured(&config->outbound));
	return needs;
}

/* Of the message before nothing stays; the header resets what it fills. */
static void
txn_reset(struct txn *txn)
{
	txn_abort(txn);
	memset(&txn->verdict, 0, sizeof(txn->verdict));
	recipients_reset(&txn->recipients);
	txn->header_begun = false;
	edits_reset(&txn->edits);
	txn->stamp_id[0] = '\0';
	txn->stamp_fault = false;
}

/* Will the MTA send what the configuration of now needs? */
static bool
txn_sees_enough(const struct txn *txn, const struct txn_needs *seen)
{
	struct txn_needs needs = txn_needs_of(txn->snapshot);

	return (seen->headers || !needs.headers) &&
	    (seen->body || !needs.body);
}

enum status
txn_begin(struct txn *txn, const struct client *client,
    const struct txn_mail *mail)
{
	enum status status = STATUS_BUSY;

	txn_reset(txn);
	txn->client = client;
	txn->snapshot = snapshot_slot_acquire(txn->env->snapshots);
	if (txn_sees_enough(txn, &mail->seen))
		status = txnmail_collect(txn, mail);
	if (status == STATUS_OK) {
		txnmark_begin(txn, mail->authenticated);
		evidence_announce(&txn->evidence, txn->env->ledger);
	} else
		txn_abort(txn);
	return status;
}

enum status
txn_rcpt(struct txn *txn, const struct txn_rcpt *rcpt, struct reply *reply)
{
	if (txn->snapshot == NULL)
		return STATUS_NOTFOUND;
	return txnrcpt_judge(txn, rcpt, reply);
}

void
txn_header(struct txn *txn, struct slice name, struct slice value)
{
	if (txn->snapshot != NULL)
		txnheader_field(txn, name, value);
}

bool
txn_is_settled_at_eoh(struct txn *txn)
{
	if (txn->snapshot == NULL)
		return false;
	txnheader_begin(txn);
	if (!txn_may_stamp(txn))
		txn->message.stamping = false;
	return !txn->message.stamping && !txn->message.failed &&
	    txn->message.strips.count == 0 && !mark_has_work(&txn->mark) &&
	    !authresults_has_work(&txn->results) &&
	    !verdict_refuses(&txn->verdict);
}

void
txn_body(struct txn *txn, const void *data, size_t len)
{
	if (txn->snapshot != NULL)
		message_body(&txn->message, data, len);
}

/* Does the message, its From field and its marks included, get refused? */
static bool
txn_refuses(struct txn *txn, const char *queue_id, struct reply *reply)
{
	const struct recipients *recipients = &txn->recipients;

	if (verdict_refuses(&txn->verdict)) {
		verdict_reply(&txn->verdict, &txn->tls, reply);
		txnrecord_refused(txn, queue_id,
		    recipients_domain(recipients), &txn->verdict, reply);
		return true;
	}
	if (txn->mark.for_all && recipients->unbound.kind != DOMAIN_NONE &&
	    txnmark_may_refuse(txn)) {
		txnmark_refuse(txn, queue_id, BINDING_NONE,
		    &recipients->unbound, reply);
		return true;
	}
	return false;
}

/* Fails: NOMEM. */
static enum status
txn_insert_stamp(struct txn *txn, const char *stamp)
{
	struct edit insert = {
	    .kind = EDIT_INSERT_FIELD,
	    .name = STAMP_FIELD_NAME,
	    .value = stamp,
	};

	if (stamp == NULL)
		return STATUS_OK;
	return edits_add(&txn->edits, txn->arena, &insert);
}

/* All edits in their order. Fails: NOMEM. */
static enum status
txn_plan_edits(struct txn *txn, const char *stamp)
{
	enum status status;

	if (txn->message.failed)
		return STATUS_NOMEM;
	status = edits_append(&txn->edits, txn->arena, &txn->message.strips);
	if (status == STATUS_OK)
		status = mark_finish(&txn->mark, txn->arena, &txn->edits);
	if (status == STATUS_OK)
		status = txn_insert_stamp(txn, stamp);
	if (status == STATUS_OK)
		status = authresults_finish(&txn->results, txn->arena,
		    &txn->tls, txn->facts.client_addr, &txn->edits);
	return status;
}

enum status
txn_end(struct txn *txn, const char *queue_id, struct txn_result *out)
{
	const char *stamp;

	memset(out, 0, sizeof(*out));
	if (txn->snapshot == NULL)
		return STATUS_NOTFOUND;
	txnheader_begin(txn);
	out->edits = &txn->edits;
	if (txn_refuses(txn, queue_id, &out->reply)) {
		counter_add(&txn->env->counters->refused_at_end, 1);
		return STATUS_OK;
	}
	if (txnstamp_make(txn, queue_id, &stamp))
		return txn_plan_edits(txn, stamp);
	counter_add(&txn->env->counters->faults, 1);
	reply_for_fault(&out->reply);
	return STATUS_OK;
}

enum status
txn_commit(struct txn *txn, const char *queue_id)
{
	enum status status;

	if (txn->snapshot == NULL)
		return STATUS_NOTFOUND;
	status = txnrecord_accepted(txn, queue_id);
	txn_abort(txn);
	return status;
}
