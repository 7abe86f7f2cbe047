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

/* What of it the MTA of this session can do. */
static enum binding
binding_of(const struct txn *txn, const struct envelope *envelope,
    const struct domain *domain)
{
	enum binding binding = nexthop_address_binding(
	    txn_config(txn)->table, domain, envelope->address);

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

/* Those of Sendmail's that go to other hosts over SMTP. */
static bool
is_smtp(const char *mailer)
{
	static const char *const names[] = {
	    "esmtp", "relay", "smtp", "smtp8", "dsmtp"};
	size_t i;

	for (i = 0; i < LENGTH(names); i++)
		if (slice_is(slice_of(mailer), names[i]))
			return true;
	return false;
}

bool
txnmark_is_elsewhere(const struct txn *txn, const char *mailer)
{
	return txn->client->is_postfix || mailer == NULL || is_smtp(mailer);
}

/*
 * A canonical name, a table of domains or of virtual users has made another
 * domain of the recipient's, and Sendmail looks for the TLS of that alone.
 */
static bool
is_moved(const struct txn *txn, const struct envelope *envelope,
    const char *mailer)
{
	return envelope->count == 2 && is_smtp(mailer) &&
	    binding_of(txn, envelope, &envelope->domains[0]) ==
	    BINDING_NONE &&
	    binding_of(txn, envelope, &envelope->domains[1]) != BINDING_NONE;
}

const struct domain *
txnmark_lost(const struct txn *txn, const struct envelope *envelope,
    const char *mailer, enum binding *binding)
{
	const struct domain *domain;
	size_t i;

	*binding = BINDING_HOST;
	if (txn->client->is_postfix)
		return NULL;
	if (is_list_of_hosts(txn, envelope))
		return &envelope->domains[0];
	if (is_moved(txn, envelope, mailer)) {
		*binding = BINDING_MOVED;
		return &envelope->domains[1];
	}
	for (i = 0; i < envelope->count; i++) {
		domain = &envelope->domains[i];
		/* Most are; what binds them need not be looked up. */
		if (domain->kind == DOMAIN_NAME &&
		    address_has_ascii_domain(envelope->address) &&
		    address_has_simple_domain(envelope->address))
			continue;
		*binding = binding_of(txn, envelope, domain);
		if (nexthop_is_lost(*binding))
			return domain;
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
    enum binding binding, const struct domain *domain, struct reply *reply)
{
	const struct verdict verdict = {
	    .outcome = OUTCOME_REJECT,
	    .domain = domain_slice(domain),
	    .mode = MODE_REQUIRE,
	};

	reply_for_unbound(binding, domain, reply);
	txnrecord_refused(txn, queue_id, domain, &verdict, reply);
}
