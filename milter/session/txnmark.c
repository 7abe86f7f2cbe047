#include "milter/session/txnmark.h"

#include "milter/session/txnrecord.h"
#include "milter/session/txnstate.h"
#include "policy/nexthop.h"

void
txnmark_begin(struct txn *txn, bool authenticated)
{
	const struct config *config = txn_config(txn);
	bool active = config->operation != OPERATION_OBSERVE &&
	    mark_is_configured(&config->outbound);

	mark_begin(&txn->mark, active ? &config->outbound : NULL,
	    authenticated || !txn->facts.judged);
	if (txn->facts.requiretls)
		mark_requiretls(&txn->mark);
}

static bool
is_ascii(struct slice text)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] >= 0x80)
			return false;
	return true;
}

/* What of it the MTA of this session can do. */
static enum binding
binding_of(const struct txn *txn, const struct envelope *envelope,
    const struct domain *domain)
{
	enum binding binding = nexthop_binding(txn_config(txn)->table, domain,
	    is_ascii(envelope->address));

	return binding != BINDING_NONE && txn->client->is_postfix
	    ? BINDING_HOLDS : binding;
}

bool
txnmark_is_bound(const struct txn *txn, const struct envelope *envelope)
{
	size_t i;

	for (i = 0; i < envelope->count; i++)
		if (binding_of(txn, envelope, &envelope->domains[i]) !=
		    BINDING_HOLDS)
			return false;
	return true;
}

/*
 * `a@[x.example]:[y.example]`: Sendmail sends it to one of these hosts. Where
 * any rule binds, it may be one of that rule's.
 */
static bool
is_list_of_hosts(const struct txn *txn, const struct envelope *envelope)
{
	return envelope->domains[0].kind == DOMAIN_OTHER &&
	    slice_holds(envelope->address, "@[") &&
	    table_traits(txn_config(txn)->table).binds;
}

static bool
is_lost(enum binding binding, enum unbound *why)
{
	switch (binding) {
	case BINDING_NONE:
	case BINDING_HOLDS:
		return false;
	case BINDING_NAME:
		*why = UNBOUND_NAME;
		break;
	case BINDING_HOST:
		*why = UNBOUND_HOST;
		break;
	case BINDING_ADDRESS:
		*why = UNBOUND_ADDRESS;
		break;
	}
	return true;
}

const struct domain *
txnmark_lost(const struct txn *txn, const struct envelope *envelope,
    enum unbound *why)
{
	size_t i;

	*why = UNBOUND_HOST;
	if (txn->client->is_postfix)
		return NULL;
	if (is_list_of_hosts(txn, envelope))
		return &envelope->domains[0];
	for (i = 0; i < envelope->count; i++) {
		enum binding binding =
		    binding_of(txn, envelope, &envelope->domains[i]);

		if (is_lost(binding, why))
			return &envelope->domains[i];
	}
	return NULL;
}

bool
txnmark_may_refuse(const struct txn *txn)
{
	return !mark_is_routed(&txn->mark) &&
	    txn_config(txn)->operation == OPERATION_ENFORCE;
}

void
txnmark_refuse(const struct txn *txn, const char *queue_id,
    enum unbound why, const struct domain *domain, struct reply *reply)
{
	const struct verdict verdict = {
	    .outcome = OUTCOME_REJECT,
	    .domain = domain_slice(domain),
	    .mode = MODE_REQUIRE,
	};

	reply_for_unbound(why, domain, reply);
	txnrecord_refused(txn, queue_id, domain, &verdict, reply);
}
