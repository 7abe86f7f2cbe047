#include "milter/session/evidence.h"

#include <string.h>

#include "milter/system/clock.h"

/*
 * Records in one unit; few messages go to more domains than this. They lie
 * on the stack, whose every page costs more than the records in it.
 */
enum { EVIDENCE_UNIT = 48 };

/* Texts of a record that are made, not borrowed. */
struct written {
	char address[IPADDR_TEXT];
	char policy[DOMAIN_MAX + 1];
};

struct evidence_domain {
	struct evidence_domain *next;
	struct domain domain;
	struct verdict verdict;
	struct written written;
};

static void
evidence_withdraw(struct evidence *evidence)
{
	if (evidence->announced != NULL)
		ledger_withdraw(evidence->announced, evidence->announcement);
	evidence->announced = NULL;
}

void
evidence_reset(struct evidence *evidence)
{
	evidence_withdraw(evidence);
	evidence->domains = NULL;
	evidence->count = 0;
}

void
evidence_announce(struct evidence *evidence, struct ledger *ledger)
{
	if (ledger == NULL || evidence->announced != NULL)
		return;
	evidence->announced = ledger;
	evidence->announcement = ledger_announce(ledger);
}

enum status
evidence_add(struct evidence *evidence, struct arena *arena,
    const struct domain *domain, const struct verdict *verdict)
{
	struct evidence_domain *item;

	for (item = evidence->domains; item != NULL; item = item->next) {
		if (!domain_equal(&item->domain, domain))
			continue;
		if (item->verdict.side != SIDE_NONE)
			verdict_join(&item->verdict, verdict);
		return STATUS_OK;
	}
	item = arena_alloc(arena, sizeof(*item));
	if (item == NULL)
		return STATUS_NOMEM;
	item->domain = *domain;
	item->verdict = *verdict;
	item->next = evidence->domains;
	evidence->domains = item;
	evidence->count++;
	return STATUS_OK;
}

/* In the ledger "" is the null sender, "*" a name beyond comparison. */
static const char *
domain_text(const struct domain *domain)
{
	if (domain == NULL)
		return "";
	return domain->kind == DOMAIN_OTHER ? "*" : domain->text;
}

static bool
has_own_rule(const struct table *table, const struct domain *domain)
{
	struct match match;

	if (domain == NULL)
		return false;
	table_find(table, domain, &match);
	return !slice_is(match.domain, "*");
}

/* What all records of the transaction say; the texts go to written. */
static void
fill(const struct evidence_facts *facts, const struct verdict *verdict,
    struct written *written, struct ledger_record *out)
{
	const struct client *client = facts->client;
	size_t len = verdict->domain.len < sizeof(written->policy) - 1
	    ? verdict->domain.len
	    : sizeof(written->policy) - 1;

	memset(out, 0, sizeof(*out));
	written->address[0] = '\0';
	if (client->has_addr)
		ipaddr_print(&client->addr, written->address);
	if (len > 0)
		memcpy(written->policy, verdict->domain.at, len);
	written->policy[len] = '\0';
	out->time = clock_wall_ms();
	out->direction = RECORD_IN;
	out->event = record_event_of(verdict->outcome);
	out->mode = verdict->mode;
	out->side = verdict->side;
	out->tls_state = facts->tls->state;
	out->cert = facts->tls->cert;
	out->bits = facts->tls->bits;
	out->requiretls = facts->requiretls;
	out->met = verdict->met && !verdict_refuses(verdict);
	out->has_rule = has_own_rule(facts->table, facts->sender);
	out->sender = domain_text(facts->sender);
	out->policy = written->policy;
	out->peer = client->name_verified ? client->name.text : "";
	out->address = written->address;
	out->tls = facts->tls->version_text;
	out->cipher = facts->tls->cipher;
	out->cn = facts->tls->cn;
	out->queue_id = facts->queue_id;
	out->stamp_id = facts->stamp_id;
}

void
evidence_refused(const struct evidence_facts *facts,
    const struct domain *recipient, const struct verdict *verdict)
{
	struct ledger_record record;
	struct written written;

	if (facts->ledger == NULL)
		return;
	fill(facts, verdict, &written, &record);
	record.recipient = domain_text(recipient);
	/* The ledger counts what it cannot take. */
	if (ledger_submit(facts->ledger, &record, 1, NULL) != STATUS_OK)
		return;
}

/* A record beside the message's own. */
static void
add_beside(struct ledger_record *records, size_t *count,
    enum record_event event)
{
	records[*count] = records[0];
	records[*count].event = event;
	records[*count].met = false;
	(*count)++;
}

static enum status
commit_unit(struct ledger *ledger, const struct ledger_record *records,
    size_t count)
{
	struct ledger_ticket ticket;
	enum status status = ledger_submit(ledger, records, count, &ticket);

	if (status != STATUS_OK)
		return status;
	return ledger_wait(ledger, &ticket, LEDGER_WAIT_MS);
}

/* The recipient's verdict, or the From field's when that is stricter. */
static void
fill_domain(const struct evidence_facts *facts,
    struct evidence_domain *item, const struct verdict *message,
    struct ledger_record *out)
{
	struct verdict verdict = item->verdict;

	if (verdict.side != SIDE_NONE && message->side == SIDE_HEADER_FROM)
		verdict_join(&verdict, message);
	fill(facts, &verdict, &item->written, out);
	out->recipient = domain_text(&item->domain);
}

/*
 * Commit the records of up to EVIDENCE_UNIT domains from *next on, notes
 * beside the first of them; leaves *next on what is left.
 */
static enum status
commit_domains(const struct evidence_facts *facts,
    const struct verdict *message, struct evidence_domain **next,
    bool with_notes)
{
	struct ledger_record records[EVIDENCE_UNIT + 2];
	size_t count = 0;

	for (; *next != NULL && count < EVIDENCE_UNIT; *next = (*next)->next) {
		fill_domain(facts, *next, message, &records[count]);
		count++;
	}
	if (with_notes && facts->stripped > 0)
		add_beside(records, &count, RECORD_STRIP);
	if (with_notes && facts->stamp_fault)
		add_beside(records, &count, RECORD_STAMP_FAULT);
	return commit_unit(facts->ledger, records, count);
}

enum status
evidence_accepted(struct evidence *evidence,
    const struct evidence_facts *facts, const struct verdict *message)
{
	struct evidence_domain *next = evidence->domains;
	enum status status = STATUS_OK;
	bool first = true;

	evidence_withdraw(evidence);
	if (facts->ledger == NULL)
		return STATUS_OK;
	for (; next != NULL && status == STATUS_OK; first = false)
		status = commit_domains(facts, message, &next, first);
	return status;
}
