#include "milter/session/txnrcpt.h"

#include "milter/session/envelope.h"
#include "milter/session/txnmark.h"
#include "milter/session/txnrecord.h"
#include "milter/session/txnstate.h"

static void
rcpt_read(const struct txn_rcpt *rcpt, struct envelope *out)
{
	envelope_read(rcpt->path, rcpt->rcpt_addr, out);
	if (out->count > 0)
		return;
	/* no recipient has a null path */
	domain_normalize(slice_make(NULL, 0), &out->domains[0]);
	out->count = 1;
}

/* The facts name the recipient for as long as it is judged. */
static void
rcpt_decide(struct txn *txn, const struct txn_rcpt *rcpt,
    const struct envelope *envelope, struct verdict *out)
{
	const struct config *config = txn_config(txn);

	txn->facts.recipients = envelope->domains;
	txn->facts.recipient_count = envelope->count;
	txn->facts.exempt =
	    recipient_is_exempt(config, rcpt->path, rcpt->rcpt_addr);
	decide_recipient(config->table, &txn->facts, out);
	txn->facts.recipients = NULL;
	txn->facts.recipient_count = 0;
	counter_add(&txn->env->counters->verdicts[out->outcome], 1);
}

/* address: what it is delivered to, without brackets and mark. */
static enum status
rcpt_accept(struct txn *txn, const struct domain *domain,
    struct slice address, const struct verdict *verdict)
{
	if (recipients_add(&txn->recipients, txn->arena, domain, address) !=
	    STATUS_OK)
		return STATUS_NOMEM;
	txn_join(txn, verdict);
	return evidence_add(&txn->evidence, txn->arena, domain, verdict);
}

/*
 * A recipient that policy accepts. Its mark is known now: without a way to
 * keep the promise, this recipient is refused.
 */
static enum status
rcpt_take(struct txn *txn, const struct txn_rcpt *rcpt,
    const struct envelope *envelope, const struct verdict *verdict,
    struct reply *reply)
{
	const struct domain *domain = &envelope->domains[0];
	struct slice path = address_of_path(slice_of(rcpt->path)), bare;
	bool marked = mark_has_prefix(&txn->mark, txn->arena, path, &bare);
	bool bound = txnmark_is_bound(txn, envelope);

	if ((marked || txn->mark.for_all) && !bound &&
	    txnmark_may_refuse(txn)) {
		txnmark_refuse(txn, rcpt->queue_id, BINDING_NONE, domain,
		    reply);
		return STATUS_OK;
	}
	if (!bound)
		recipients_note_unbound(&txn->recipients, domain);
	if (!marked)
		return rcpt_accept(txn, domain, envelope->address, verdict);
	mark_add_prefixed(&txn->mark, txn->arena, path, bare);
	return rcpt_accept(txn, domain, bare, verdict);
}

enum status
txnrcpt_judge(struct txn *txn, const struct txn_rcpt *rcpt,
    struct reply *reply)
{
	const struct domain *lost;
	struct envelope envelope;
	struct verdict verdict;
	enum binding binding;

	rcpt_read(rcpt, &envelope);
	lost = txnmark_lost(txn, &envelope, rcpt->mailer, &binding);
	rcpt_decide(txn, rcpt, &envelope, &verdict);
	verdict.to_require = verdict.to_require &&
	    txnmark_is_elsewhere(txn, rcpt->mailer);
	verdict_reply(&verdict, &txn->tls, reply);
	if (verdict_refuses(&verdict))
		txnrecord_refused(txn, rcpt->queue_id, &envelope.domains[0],
		    &verdict, reply);
	else if (lost != NULL)
		txnmark_refuse(txn, rcpt->queue_id, binding, lost, reply);
	else
		return rcpt_take(txn, rcpt, &envelope, &verdict, reply);
	return STATUS_OK;
}
