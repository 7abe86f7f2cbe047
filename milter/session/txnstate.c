#include "milter/session/txnstate.h"

const struct config *
txn_config(const struct txn *txn)
{
	return snapshot_config(txn->snapshot);
}

const struct domain *
txn_sender(const struct txn *txn)
{
	return txn->facts.sender_count > 0 ? &txn->senders[0] : NULL;
}

const char *
txn_host(const struct txn *txn)
{
	const struct config *config = txn_config(txn);

	return config->hostname != NULL ? config->hostname : txn->client->host;
}

void
txn_join(struct txn *txn, const struct verdict *verdict)
{
	if (verdict->side == SIDE_NONE)
		return;
	if (txn->verdict.side == SIDE_NONE)
		txn->verdict = *verdict;
	else
		verdict_join(&txn->verdict, verdict);
}

bool
txn_may_stamp(const struct txn *txn)
{
	return snapshot_key(txn->snapshot) != NULL &&
	    txn->recipients.count > 0 && txn->tls.state == TLS_ESTABLISHED &&
	    txn->verdict.outcome == OUTCOME_PASS && txn->verdict.met &&
	    txn->verdict.all_stamp;
}
