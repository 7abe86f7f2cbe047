#include "milter/session/txn.h"

#include <stdlib.h>
#include <string.h>

#include "milter/session/authresults.h"
#include "milter/session/envelope.h"
#include "milter/session/evidence.h"
#include "milter/session/mark.h"
#include "milter/session/message.h"
#include "milter/session/txnlog.h"
#include "milter/system/clock.h"
#include "milter/system/random.h"
#include "policy/address.h"
#include "policy/decide.h"
#include "policy/nexthop.h"

enum { TXN_CHUNK = 2048 };

struct txn {
	const struct txn_env *env;
	struct arena *arena;
	struct snapshot *snapshot;   /* NULL: no transaction */
	const struct client *client; /* the connection's */
	struct tlsinfo tls;
	struct domain senders[FACTS_DOMAINS];
	struct facts facts; /* points into this struct */
	/* Over all accepted recipients, and then the From field. */
	struct verdict verdict;
	size_t accepted;
	struct domain recipient; /* of the first accepted recipient */
	bool recipient_shared;
	char *address; /* of the first accepted recipient */
	struct evidence evidence;
	bool stamp_fault;
	bool header_begun;
	struct message message;
	struct authresults results;
	struct mark mark;
	struct domain unbound; /* the first recipient no rule binds, or NONE */
	struct edits edits;
	char stamp_id[STAMP_ID_LEN + 1];
};

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

static bool
has_requiretls(const char *const *params)
{
	for (; params != NULL && *params != NULL; params++)
		if (slice_is_nocase(slice_of(*params), "REQUIRETLS"))
			return true;
	return false;
}

/* What the ledger knows of the sender's domain and the client's network. */
static enum status
txn_remember(struct txn *txn)
{
	if (txn->env->ledger == NULL || txn->facts.sender_count == 0)
		return STATUS_OK;
	return ledger_history(txn->env->ledger, domain_slice(&txn->senders[0]),
	    txn->facts.client_addr, clock_wall_ms(), &txn->facts.history);
}

/* Whose marks count: authenticated, trusted and local clients'. */
static void
txn_begin_mark(struct txn *txn, const struct txn_mail *mail)
{
	const struct config *config = snapshot_config(txn->snapshot);
	bool active = config->operation != OPERATION_OBSERVE &&
	    mark_is_configured(&config->outbound);

	mark_begin(&txn->mark, active ? &config->outbound : NULL,
	    mail->authenticated || !txn->facts.judged);
	if (txn->facts.requiretls)
		mark_requiretls(&txn->mark);
}

/*
 * What is known once MAIL has come, for every recipient to come. Fails: as
 * the ledger's memory; a downgrade would pass unseen.
 */
static enum status
txn_collect(struct txn *txn, const struct txn_mail *mail)
{
	const struct config *config = snapshot_config(txn->snapshot);
	const struct client *client = txn->client;
	struct tls_macros macros = mail->tls;
	struct facts *facts = &txn->facts;
	struct envelope sender;

	macros.is_postfix = client->is_postfix;
	tlsinfo_from_macros(&macros, &txn->tls);
	counters_tls(txn->env->counters, &txn->tls);
	envelope_read(mail->path, mail->mail_addr, &sender);
	memcpy(txn->senders, sender.domains, sizeof(txn->senders));
	memset(facts, 0, sizeof(*facts));
	facts->tls = &txn->tls;
	facts->judged = !client->is_local_submission &&
	    !config_trusts(config, &client->addr);
	facts->client_addr = client->has_addr ? &client->addr : NULL;
	facts->client_name = client_verified_name(client);
	facts->senders = txn->senders;
	facts->sender_count = sender.count;
	facts->requiretls = has_requiretls(mail->params);
	facts->operation = config->operation;
	if (table_traits(config->table).prefer && facts->judged)
		return txn_remember(txn);
	return STATUS_OK;
}

enum status
txn_begin(struct txn *txn, const struct client *client,
    const struct txn_mail *mail)
{
	struct txn_needs needs;
	enum status status;

	txn_abort(txn);
	txn->client = client;
	memset(&txn->verdict, 0, sizeof(txn->verdict));
	txn->accepted = 0;
	txn->address = NULL;
	txn->header_begun = false;
	txn->stamp_id[0] = '\0';
	txn->stamp_fault = false;
	domain_init(&txn->unbound);
	edits_reset(&txn->edits);
	txn->snapshot = snapshot_slot_acquire(txn->env->snapshots);
	needs = txn_needs_of(txn->snapshot);
	if ((needs.headers && !mail->seen.headers) ||
	    (needs.body && !mail->seen.body)) {
		txn_abort(txn);
		return STATUS_BUSY;
	}
	status = txn_collect(txn, mail);
	if (status == STATUS_OK)
		txn_begin_mark(txn, mail);
	else
		txn_abort(txn);
	return status;
}

/* The sender's domain for logs and stamps; NULL for the null sender. */
static const struct domain *
txn_sender(const struct txn *txn)
{
	return txn->facts.sender_count > 0 ? &txn->senders[0] : NULL;
}

static struct evidence_facts
txn_evidence_facts(const struct txn *txn, const char *queue_id)
{
	struct evidence_facts facts = {
	    .ledger = txn->env->ledger,
	    .table = snapshot_config(txn->snapshot)->table,
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

/* Log and record a refusal. recipient NULL: several. */
static void
txn_note_refused(const struct txn *txn, const char *queue_id,
    const struct domain *recipient, const struct verdict *verdict,
    const struct reply *reply)
{
	struct evidence_facts facts = txn_evidence_facts(txn, queue_id);
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

/* The verdict of the message is the strictest of what was accepted. */
static void
txn_join(struct txn *txn, const struct verdict *verdict)
{
	if (verdict->side == SIDE_NONE)
		return;
	if (txn->verdict.side == SIDE_NONE)
		txn->verdict = *verdict;
	else
		verdict_join(&txn->verdict, verdict);
}

/* address: what it is delivered to, without brackets and mark. */
static enum status
txn_accept_rcpt(struct txn *txn, const struct envelope *envelope,
    struct slice address, const struct verdict *verdict)
{
	const struct domain *domain = &envelope->domains[0];

	if (txn->accepted == 0) {
		txn->address = arena_copy(txn->arena, address);
		if (txn->address == NULL)
			return STATUS_NOMEM;
		txn->recipient = *domain;
		txn->recipient_shared = true;
	} else if (!domain_equal(&txn->recipient, domain)) {
		txn->recipient_shared = false;
	}
	txn->accepted++;
	txn_join(txn, verdict);
	evidence_announce(&txn->evidence, txn->env->ledger);
	return evidence_add(&txn->evidence, txn->arena, domain, verdict);
}

/* Is the next hop of every domain that the recipient may have bound? */
static bool
txn_is_bound(const struct txn *txn, const struct envelope *envelope)
{
	const struct table *table = snapshot_config(txn->snapshot)->table;
	size_t i;

	for (i = 0; i < envelope->count; i++)
		if (!nexthop_is_bound(table, &envelope->domains[i]))
			return false;
	return true;
}

/* May a marked message be refused for this recipient's sake? */
static bool
txn_mark_refuses(const struct txn *txn)
{
	return !mark_is_routed(&txn->mark) &&
	    snapshot_config(txn->snapshot)->operation == OPERATION_ENFORCE;
}

/* The verdict on a marked recipient whose next hop nothing binds. */
static struct verdict
verdict_of_mark(const struct domain *domain)
{
	struct verdict verdict = {
	    .outcome = OUTCOME_REJECT,
	    .domain = domain_slice(domain),
	    .mode = MODE_REQUIRE,
	};

	return verdict;
}

/*
 * A recipient that policy accepts. Its mark is known now: without a way to
 * keep the promise, this recipient is refused.
 */
static enum status
txn_take_rcpt(struct txn *txn, const struct txn_rcpt *rcpt,
    const struct envelope *envelope, const struct verdict *verdict,
    struct reply *reply)
{
	struct slice address = address_of_path(slice_of(rcpt->path)), bare;
	bool marked =
	    mark_has_prefix(&txn->mark, txn->arena, address, &bare);
	bool bound = txn_is_bound(txn, envelope);

	if ((marked || txn->mark.for_all) && !bound &&
	    txn_mark_refuses(txn)) {
		struct verdict refusal = verdict_of_mark(&envelope->domains[0]);

		reply_for_mark(&envelope->domains[0], reply);
		txn_note_refused(txn, rcpt->queue_id, &envelope->domains[0],
		    &refusal, reply);
		return STATUS_OK;
	}
	if (!bound && txn->unbound.kind == DOMAIN_NONE)
		txn->unbound = envelope->domains[0];
	if (!marked)
		return txn_accept_rcpt(txn, envelope, envelope->address,
		    verdict);
	mark_add_prefixed(&txn->mark, txn->arena, address, bare);
	return txn_accept_rcpt(txn, envelope, bare, verdict);
}

enum status
txn_rcpt(struct txn *txn, const struct txn_rcpt *rcpt, struct reply *reply)
{
	const struct config *config;
	struct envelope envelope;
	struct verdict verdict;

	if (txn->snapshot == NULL)
		return STATUS_NOTFOUND;
	config = snapshot_config(txn->snapshot);
	envelope_read(rcpt->path, rcpt->rcpt_addr, &envelope);
	if (envelope.count == 0) { /* no recipient has a null path */
		domain_normalize(slice_make(NULL, 0), &envelope.domains[0]);
		envelope.count = 1;
	}
	txn->facts.recipients = envelope.domains;
	txn->facts.recipient_count = envelope.count;
	txn->facts.exempt =
	    recipient_is_exempt(config, rcpt->path, rcpt->rcpt_addr);
	decide_recipient(config->table, &txn->facts, &verdict);
	txn->facts.recipient_count = 0;
	counter_add(&txn->env->counters->verdicts[verdict.outcome], 1);
	verdict_reply(&verdict, &txn->tls, reply);
	if (!verdict_refuses(&verdict))
		return txn_take_rcpt(txn, rcpt, &envelope, &verdict, reply);
	txn_note_refused(txn, rcpt->queue_id, &envelope.domains[0], &verdict,
	    reply);
	return STATUS_OK;
}

/* Does everything known so far allow a stamp? */
static bool
txn_may_stamp(const struct txn *txn)
{
	return snapshot_key(txn->snapshot) != NULL && txn->accepted > 0 &&
	    txn->tls.state == TLS_ESTABLISHED &&
	    txn->verdict.outcome == OUTCOME_PASS && txn->verdict.met &&
	    txn->verdict.all_stamp;
}

/* May the header be changed? Not under observe, nor of trusted hosts. */
static bool
txn_changes_header(const struct txn *txn)
{
	const struct config *config = snapshot_config(txn->snapshot);

	return txn->facts.judged &&
	    (config->operation != OPERATION_OBSERVE ||
		(txn->verdict.side != SIDE_NONE && txn->verdict.all_stamp));
}

/* d= of the stamps that must go from this message; NULL: none. */
static const char *
txn_strips_for(const struct txn *txn)
{
	return txn_changes_header(txn)
	    ? snapshot_config(txn->snapshot)->stamp.domain
	    : NULL;
}

/* What our host is called: by= of stamps, and our authserv-id. */
static const char *
txn_host(const struct txn *txn)
{
	const struct config *config = snapshot_config(txn->snapshot);

	return config->hostname != NULL ? config->hostname : txn->client->host;
}

/* In whose name results are given; NULL: they are not. */
static const char *
txn_results_for(const struct txn *txn)
{
	const struct config *config = snapshot_config(txn->snapshot);
	const char *host = txn_host(txn);

	return config->stamp.authentication_results &&
		txn_changes_header(txn) && host[0] != '\0'
	    ? host
	    : NULL;
}

static void
txn_begin_header(struct txn *txn)
{
	struct fault fault;

	if (txn->header_begun)
		return;
	txn->header_begun = true;
	authresults_begin(&txn->results, txn_results_for(txn));
	if (message_begin(&txn->message, txn_strips_for(txn),
		txn_may_stamp(txn), &fault) != STATUS_OK)
		log_line(txn->env->log,
		    episode_level(&txn->env->troubles->stamps,
			clock_monotonic_us()),
		    "the stamper cannot be made ready: %s", fault.text);
}

static void
txn_judge_from(struct txn *txn, struct slice value)
{
	const struct table *table = snapshot_config(txn->snapshot)->table;
	char address[ADDRESS_MAX + 1];
	struct verdict verdict;
	struct domain domain;

	if (!table_traits(table).header_from || !txn->facts.judged)
		return;
	while (address_list_next(&value, address)) {
		address_domain(slice_of(address), &domain);
		decide_header_from(table, &txn->facts, &domain, &verdict);
		txn_join(txn, &verdict);
	}
}

void
txn_header(struct txn *txn, struct slice name, struct slice value)
{
	if (txn->snapshot == NULL)
		return;
	txn_begin_header(txn);
	authresults_header(&txn->results, txn->arena, name, value);
	if (mark_header(&txn->mark, txn->arena, name, &value))
		message_header(&txn->message, name, value);
	if (slice_is_nocase(name, "From"))
		txn_judge_from(txn, value);
}

bool
txn_is_settled_at_eoh(struct txn *txn)
{
	if (txn->snapshot == NULL)
		return false;
	txn_begin_header(txn);
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

static enum status
txn_sign(struct txn *txn, const char *queue_id, struct slice *value,
    struct fault *fault)
{
	const struct config *config = snapshot_config(txn->snapshot);
	bool has_address = txn->accepted == 1;
	struct domain null_sender;
	struct stamp_facts facts = {
	    .domain = config->stamp.domain,
	    .selector = config->stamp.selector,
	    .time = clock_wall_ms() / 1000,
	    .by = txn_host(txn),
	    .queue_id = queue_id,
	    .tls = &txn->tls,
	    .client = txn->facts.client_addr,
	    .sender = txn_sender(txn),
	    .recipient = txn->recipient_shared ? &txn->recipient : NULL,
	    .address = has_address ? txn->address : NULL,
	    .mode = txn->verdict.strictest,
	    .requiretls = txn->facts.requiretls,
	    .next_require = txn->verdict.to_require,
	    .is_sendmail = !txn->client->is_postfix,
	};
	unsigned char random16[16];

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
txn_note_unstamped(struct txn *txn, const char *queue_id, bool is_ours,
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

/* Stamp if all allows it. Returns false when on-fault says to defer. */
static bool
txn_stamp(struct txn *txn, const char *queue_id, const char **stamp)
{
	const struct config *config = snapshot_config(txn->snapshot);
	struct slice value = {NULL, 0};
	struct fault fault;
	enum status status;
	bool is_ours;

	if (!txn_may_stamp(txn))
		return true;
	if (txn->message.stamping) {
		status = txn_sign(txn, queue_id, &value, &fault);
	} else {
		status = fault_set(&fault, STATUS_NOMEM,
		    "the stamper was not ready");
	}
	if (status == STATUS_OK) {
		counter_add(&txn->env->counters->stamps, 1);
		episode_over(&txn->env->troubles->stamps, txn->env->log,
		    clock_monotonic_us(), "stamps are made");
		*stamp = value.at;
		return true;
	}
	is_ours = status != STATUS_SYNTAX && status != STATUS_LIMIT;
	txn_note_unstamped(txn, queue_id, is_ours, fault.text);
	return !is_ours || config->on_fault == ON_FAULT_ACCEPT;
}

/* Does the message, its From field and its marks included, get refused? */
static bool
txn_refuses(struct txn *txn, const char *queue_id, struct reply *reply)
{
	const struct verdict *verdict = &txn->verdict;
	const struct domain *recipient =
	    txn->recipient_shared ? &txn->recipient : NULL;
	struct verdict refusal;

	if (verdict_refuses(verdict)) {
		verdict_reply(verdict, &txn->tls, reply);
	} else if (txn->mark.for_all && txn->unbound.kind != DOMAIN_NONE &&
	    txn_mark_refuses(txn)) {
		reply_for_mark(&txn->unbound, reply);
		refusal = verdict_of_mark(&txn->unbound);
		verdict = &refusal;
		recipient = &txn->unbound;
	} else {
		return false;
	}
	txn_note_refused(txn, queue_id, recipient, verdict, reply);
	return true;
}

/* All edits in their order. Fails: NOMEM. */
static enum status
txn_plan_edits(struct txn *txn, const char *stamp)
{
	struct edit insert = {
	    .kind = EDIT_INSERT_FIELD,
	    .name = STAMP_FIELD_NAME,
	    .value = stamp,
	};
	enum status status;

	if (txn->message.failed)
		return STATUS_NOMEM;
	status = edits_append(&txn->edits, txn->arena, &txn->message.strips);
	if (status == STATUS_OK)
		status = mark_finish(&txn->mark, txn->arena, &txn->edits);
	if (status == STATUS_OK && stamp != NULL)
		status = edits_add(&txn->edits, txn->arena, &insert);
	if (status == STATUS_OK)
		status = authresults_finish(&txn->results, txn->arena,
		    &txn->tls, txn->facts.client_addr, &txn->edits);
	return status;
}

enum status
txn_end(struct txn *txn, const char *queue_id, struct txn_result *out)
{
	const char *stamp = NULL;

	memset(out, 0, sizeof(*out));
	if (txn->snapshot == NULL)
		return STATUS_NOTFOUND;
	txn_begin_header(txn);
	out->edits = &txn->edits;
	if (txn_refuses(txn, queue_id, &out->reply)) {
		counter_add(&txn->env->counters->refused_at_end, 1);
		return STATUS_OK;
	}
	if (txn_stamp(txn, queue_id, &stamp))
		return txn_plan_edits(txn, stamp);
	counter_add(&txn->env->counters->faults, 1);
	reply_for_fault(&out->reply);
	return STATUS_OK;
}

/* Returns STATUS_OK also when on-ledger-fault says to accept. */
static enum status
txn_record(struct txn *txn, const char *queue_id)
{
	const struct config *config = snapshot_config(txn->snapshot);
	struct evidence_facts facts = txn_evidence_facts(txn, queue_id);
	enum status status = evidence_accepted(&txn->evidence, &facts,
	    &txn->verdict);

	if (status == STATUS_OK) {
		episode_over(&txn->env->troubles->records, txn->env->log,
		    clock_monotonic_us(), "records are kept");
		return STATUS_OK;
	}
	log_line(txn->env->log,
	    episode_level(&txn->env->troubles->records, clock_monotonic_us()),
	    "unrecorded id=%s reason=\"%s\" on-ledger-fault=%s",
	    queue_id == NULL ? "-" : queue_id,
	    status == STATUS_TIMEOUT ? "the ledger did not answer in time"
	    : status == STATUS_BUSY ? "the ledger's queue is full"
				    : "the ledger cannot be written",
	    config->ledger.on_fault == ON_FAULT_ACCEPT ? "accept" : "defer");
	return config->ledger.on_fault == ON_FAULT_ACCEPT ? STATUS_OK
							  : status;
}

enum status
txn_commit(struct txn *txn, const char *queue_id)
{
	struct txnlog_facts line = {
	    .queue_id = queue_id,
	    .sender = txn_sender(txn),
	    .recipient = txn->recipient_shared ? &txn->recipient : NULL,
	    .recipients = txn->accepted,
	    .client = txn->client,
	    .tls = &txn->tls,
	    .verdict = &txn->verdict,
	    .stamp_id = txn->stamp_id,
	    .stripped = txn->message.strips.count,
	};
	enum status status;

	if (txn->snapshot == NULL)
		return STATUS_NOTFOUND;
	status = txn_record(txn, queue_id);
	if (status == STATUS_OK) {
		txnlog_accepted(txn->env->log, &line);
		counter_add(&txn->env->counters->messages, 1);
		counter_add(&txn->env->counters->strips,
		    txn->message.strips.count);
	}
	txn_abort(txn);
	return status;
}
