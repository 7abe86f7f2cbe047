#include "milter/session/txnstamp.h"

#include "milter/session/txnstate.h"
#include "milter/system/clock.h"
#include "milter/system/random.h"

static struct stamp_facts
stamp_facts_of(const struct txn *txn, const char *queue_id)
{
	const struct config *config = txn_config(txn);
	struct stamp_facts facts = {
	    .domain = config->stamp.domain,
	    .selector = config->stamp.selector,
	    .time = clock_wall_ms() / 1000,
	    .by = txn_host(txn),
	    .queue_id = queue_id,
	    .tls = &txn->tls,
	    .client = txn->facts.client_addr,
	    .sender = txn_sender(txn),
	    .recipient = recipients_domain(&txn->recipients),
	    .address = recipients_address(&txn->recipients),
	    .mode = txn->verdict.strictest,
	    .requiretls = txn->facts.requiretls,
	    .next_require = txn->verdict.to_require,
	    .is_sendmail = !txn->client->is_postfix,
	};

	return facts;
}

static enum status
sign(struct txn *txn, const char *queue_id, struct slice *value,
    struct fault *fault)
{
	struct stamp_facts facts = stamp_facts_of(txn, queue_id);
	unsigned char random16[16];
	struct domain null_sender;

	if (!txn->message.stamping)
		return fault_set(fault, STATUS_NOMEM,
		    "the stamper was not ready");
	domain_init(&null_sender);
	if (facts.sender == NULL)
		facts.sender = &null_sender;
	if (random_fill(random16, sizeof(random16)) != STATUS_OK)
		return fault_set(fault, STATUS_CRYPTO,
		    "the operating system gave no random octets");
	return stamper_sign(txn->message.stamper,
	    snapshot_key(txn->snapshot), &facts, random16, value,
	    txn->stamp_id, fault);
}

/*
 * A message that cannot bear a stamp is an error of its own; where nobody can
 * be stamped, one tells of all.
 */
static void
note_unstamped(struct txn *txn, const char *queue_id, bool is_ours,
    const char *reason)
{
	struct episode *episode = &txn->env->troubles->stamps;

	txn->stamp_id[0] = '\0';
	txn->stamp_fault = true;
	counter_add(&txn->env->counters->stamp_faults, 1);
	log_line(txn->env->log,
	    is_ours ? episode_level(episode, clock_monotonic_us())
		    : LOG_LEVEL_ERROR,
	    "unstamped id=%s reason=\"%s\"", queue_id == NULL ? "-" : queue_id,
	    reason);
}

bool
txnstamp_make(struct txn *txn, const char *queue_id, const char **stamp)
{
	struct slice value = {NULL, 0};
	struct fault fault;
	enum status status;
	bool is_ours;

	*stamp = NULL;
	if (!txn_may_stamp(txn))
		return true;
	status = sign(txn, queue_id, &value, &fault);
	if (status == STATUS_OK) {
		counter_add(&txn->env->counters->stamps, 1);
		episode_over(&txn->env->troubles->stamps, txn->env->log,
		    clock_monotonic_us(), "stamps are made");
		*stamp = value.at;
		return true;
	}
	is_ours = status != STATUS_SYNTAX && status != STATUS_LIMIT;
	note_unstamped(txn, queue_id, is_ours, fault.text);
	return !is_ours || txn_config(txn)->on_fault == ON_FAULT_ACCEPT;
}
