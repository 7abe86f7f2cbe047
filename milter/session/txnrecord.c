#include "milter/session/txnrecord.h"

#include "milter/session/txnlog.h"
#include "milter/session/txnstate.h"
#include "milter/system/clock.h"

static struct evidence_facts
evidence_facts_of(const struct txn *txn, const char *queue_id)
{
	struct evidence_facts facts = {
	    .ledger = txn->env->ledger,
	    .table = txn_config(txn)->table,
	    .client = txn->client,
	    .sender = txn_sender(txn),
	    .tls = &txn->tls,
	    .requiretls = txn->facts.requiretls,
	    .queue_id = queue_id,
	    .stamp_id = txn->stamp_id,
	    .stripped = txn->message.strips.count,
	    .stamp_fault = txn->stamp_fault,
	};

	return facts;
}

void
txnrecord_refused(const struct txn *txn, const char *queue_id,
    const struct domain *recipient, const struct verdict *verdict,
    const struct reply *reply)
{
	struct evidence_facts facts = evidence_facts_of(txn, queue_id);
	struct txnlog_facts line = {
	    .queue_id = queue_id,
	    .sender = txn_sender(txn),
	    .recipient = recipient,
	    .client = txn->client,
	    .tls = &txn->tls,
	    .verdict = verdict,
	};

	txnlog_refused(txn->env->log, &line, reply);
	evidence_refused(&facts, recipient, verdict);
}

static const char *
ledger_trouble(enum status status)
{
	return status == STATUS_TIMEOUT ? "the ledger did not answer in time"
	    : status == STATUS_BUSY ? "the ledger's queue is full"
				    : "the ledger cannot be written";
}

/* Returns STATUS_OK also when on-ledger-fault says to accept. */
static enum status
keep_records(struct txn *txn, const char *queue_id)
{
	struct episode *episode = &txn->env->troubles->records;
	struct evidence_facts facts = evidence_facts_of(txn, queue_id);
	bool accept = txn_config(txn)->ledger.on_fault == ON_FAULT_ACCEPT;
	enum status status = evidence_accepted(&txn->evidence, &facts,
	    &txn->verdict);

	if (status == STATUS_OK) {
		episode_over(episode, txn->env->log, clock_monotonic_us(),
		    "records are kept");
		return STATUS_OK;
	}
	log_line(txn->env->log, episode_level(episode, clock_monotonic_us()),
	    "unrecorded id=%s reason=\"%s\" on-ledger-fault=%s",
	    queue_id == NULL ? "-" : queue_id, ledger_trouble(status),
	    accept ? "accept" : "defer");
	return accept ? STATUS_OK : status;
}

enum status
txnrecord_accepted(struct txn *txn, const char *queue_id)
{
	size_t stripped = txn->message.strips.count;
	struct txnlog_facts line = {
	    .queue_id = queue_id,
	    .sender = txn_sender(txn),
	    .recipient = recipients_domain(&txn->recipients),
	    .recipients = txn->recipients.count,
	    .client = txn->client,
	    .tls = &txn->tls,
	    .verdict = &txn->verdict,
	    .stamp_id = txn->stamp_id,
	    .stripped = stripped,
	};
	enum status status = keep_records(txn, queue_id);

	if (status != STATUS_OK)
		return status;
	txnlog_accepted(txn->env->log, &line);
	counter_add(&txn->env->counters->messages, 1);
	counter_add(&txn->env->counters->strips, stripped);
	return STATUS_OK;
}
