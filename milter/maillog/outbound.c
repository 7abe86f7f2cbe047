#include "milter/maillog/outbound.h"

#include <stdlib.h>
#include <string.h>

#include "milter/maillog/seen.h"

/* A delivery, and what policy says of it. */
struct kept {
	struct delivery delivery;
	enum mode mode;
	bool has_rule;
	char policy[DOMAIN_MAX + 2];
};

struct outbound {
	struct ledger *ledger;
	struct seen *seen;
	struct outbound_counts counts;
	size_t count;
	size_t ready; /* of these were looked up */
	bool unsure;  /* whether the ledger has some of them */
	struct kept kept[OUTBOUND_BATCH];
};

enum status
outbound_new(struct ledger *ledger, const char *path, size_t memory,
    struct outbound **out)
{
	struct outbound *outbound = calloc(1, sizeof(*outbound));

	if (outbound == NULL)
		return STATUS_NOMEM;
	outbound->ledger = ledger;
	if (seen_new(path, memory, &outbound->seen) != STATUS_OK) {
		free(outbound);
		return STATUS_NOMEM;
	}
	*out = outbound;
	return STATUS_OK;
}

void
outbound_free(struct outbound **outbound)
{
	if (*outbound == NULL)
		return;
	seen_free(&(*outbound)->seen);
	free(*outbound);
	*outbound = NULL;
}

bool
outbound_is_full(const struct outbound *outbound)
{
	return outbound->count > OUTBOUND_BATCH - DELIVERIES_PER_LINE;
}

void
outbound_add(struct outbound *outbound, const struct table *table,
    const struct delivery *delivery)
{
	struct kept *kept = &outbound->kept[outbound->count];
	struct match match;

	if (outbound->count == OUTBOUND_BATCH)
		return;
	kept->delivery = *delivery;
	table_find(table, &delivery->recipient, &match);
	kept->mode = match.rule->to;
	kept->has_rule = !slice_is(match.domain, "*");
	memset(kept->policy, 0, sizeof(kept->policy));
	if (match.domain.len > 0 && match.domain.len < sizeof(kept->policy))
		memcpy(kept->policy, match.domain.at, match.domain.len);
	outbound->count++;
}

static enum record_event
event_of(enum delivery_event event)
{
	switch (event) {
	case DELIVERY_SENT_TLS:
		return RECORD_SENT_TLS;
	case DELIVERY_SENT_PLAIN:
		return RECORD_SENT_PLAIN;
	case DELIVERY_TLS_FAILED:
		return RECORD_TLS_FAILED;
	case DELIVERY_SENT_UNKNOWN:
		break;
	}
	return RECORD_SENT_UNKNOWN;
}

static enum tls_state
state_of(enum delivery_event event)
{
	switch (event) {
	case DELIVERY_SENT_TLS:
		return TLS_ESTABLISHED;
	case DELIVERY_SENT_PLAIN:
		return TLS_NONE;
	case DELIVERY_TLS_FAILED:
	case DELIVERY_SENT_UNKNOWN:
		break;
	}
	return TLS_UNKNOWN;
}

/* In the ledger "" is the null sender, "*" a name beyond comparison. */
static const char *
domain_text(const struct domain *domain)
{
	return domain->kind == DOMAIN_OTHER ? "*" : domain->text;
}

static void
fill(const struct kept *kept, struct ledger_record *out)
{
	const struct delivery *delivery = &kept->delivery;

	memset(out, 0, sizeof(*out));
	out->time = delivery->time;
	out->direction = RECORD_OUT;
	out->event = event_of(delivery->event);
	out->mode = kept->mode;
	out->side = SIDE_TO;
	out->tls_state = state_of(delivery->event);
	out->cert = delivery->cert;
	out->bits = delivery->bits;
	out->has_rule = kept->has_rule;
	out->sender =
	    delivery->sender_known ? domain_text(&delivery->sender) : "*";
	out->recipient = domain_text(&delivery->recipient);
	out->policy = kept->policy;
	out->peer = delivery->relay;
	out->address = delivery->address;
	out->tls = delivery->version;
	out->cipher = delivery->cipher;
	out->queue_id = delivery->queue_id;
}

static uint64_t
key_of(const struct ledger_record *record)
{
	return seen_key(record->time,
	    slice_of(record_event_name(record->event)),
	    slice_of(record->recipient), slice_of(record->queue_id));
}

/*
 * Leave out what the ledger holds. What was looked at stays so: a second try
 * after a fault must not take its own deliveries for known ones.
 */
static enum status
prepare(struct outbound *outbound, struct fault *fault)
{
	enum status status = STATUS_OK;
	struct ledger_record record;
	size_t i;

	for (i = outbound->ready; i < outbound->count; i++) {
		status = seen_cover(outbound->seen,
		    outbound->kept[i].delivery.time, fault);
		if (status != STATUS_OK)
			return status;
	}
	for (i = outbound->ready; i < outbound->count; i++) {
		fill(&outbound->kept[i], &record);
		if (!seen_add(outbound->seen, key_of(&record))) {
			outbound->counts.repeated++;
			continue;
		}
		if (outbound->ready < i)
			outbound->kept[outbound->ready] = outbound->kept[i];
		outbound->ready++;
	}
	outbound->count = outbound->ready;
	return STATUS_OK;
}

/*
 * A unit each: the ledger counts units as messages, and to each of the
 * domains one was sent. Whoever waits for the last has waited for all.
 */
static enum status
submit_all(struct outbound *outbound)
{
	struct ledger_ticket ticket;
	struct ledger_record record;
	enum status status = STATUS_OK;
	size_t i, last = outbound->count - 1;

	for (i = 0; i <= last && status == STATUS_OK; i++) {
		fill(&outbound->kept[i], &record);
		status = ledger_submit(outbound->ledger, &record, 1,
		    i == last ? &ticket : NULL);
	}
	if (status != STATUS_OK)
		return status;
	return ledger_wait(outbound->ledger, &ticket, OUTBOUND_WAIT_MS);
}

/* After a failure some records may be written, and some may not. */
static enum status
hand_over(struct outbound *outbound)
{
	struct ledger_stats before, after;
	enum status status;

	if (outbound->ledger == NULL || outbound->count == 0)
		return STATUS_OK;
	ledger_stats(outbound->ledger, &before);
	status = submit_all(outbound);
	ledger_stats(outbound->ledger, &after);
	if (status == STATUS_OK && after.failed != before.failed)
		status = STATUS_IO;
	outbound->unsure = status != STATUS_OK;
	return status;
}

/* Which of them are written the ledger itself says, once it has settled. */
static enum status
make_sure(struct outbound *outbound)
{
	struct ledger_stats stats;

	if (!outbound->unsure)
		return STATUS_OK;
	ledger_stats(outbound->ledger, &stats);
	if (stats.length > 0)
		return STATUS_BUSY;
	seen_forget(outbound->seen);
	outbound->ready = 0;
	outbound->unsure = false;
	return STATUS_OK;
}

static void
count_recorded(struct outbound *outbound)
{
	size_t i;

	outbound->counts.recorded += outbound->count;
	for (i = 0; i < outbound->count; i++)
		if (outbound->kept[i].mode == MODE_REQUIRE &&
		    outbound->kept[i].delivery.event == DELIVERY_SENT_PLAIN)
			outbound->counts.clear++;
}

enum status
outbound_flush(struct outbound *outbound, struct fault *fault)
{
	enum status status = make_sure(outbound);

	if (status == STATUS_OK) {
		status = prepare(outbound, fault);
		if (status != STATUS_OK)
			return status;
		status = hand_over(outbound);
	}
	if (status != STATUS_OK)
		return fault_set(fault, status,
		    "the ledger does not take the records of %zu deliveries; "
		    "they are tried again", outbound->count);
	count_recorded(outbound);
	outbound->count = outbound->ready = 0;
	return STATUS_OK;
}

const struct outbound_counts *
outbound_counts(const struct outbound *outbound)
{
	return &outbound->counts;
}
