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

bool
txnmark_is_bound(const struct txn *txn, const struct envelope *envelope)
{
	const struct table *table = txn_config(txn)->table;
	size_t i;

	for (i = 0; i < envelope->count; i++)
		if (!nexthop_is_bound(table, &envelope->domains[i]))
			return false;
	return true;
}

bool
txnmark_is_lost(const struct txn *txn, const struct envelope *envelope)
{
	const struct table *table = txn_config(txn)->table;
	size_t i;

	for (i = 0; i < envelope->count; i++)
		if (nexthop_is_lost(table, &envelope->domains[i]))
			return true;
	return false;
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
