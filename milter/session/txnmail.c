#include "milter/session/txnmail.h"

#include <string.h>

#include "milter/session/envelope.h"
#include "milter/session/txnstate.h"
#include "milter/system/clock.h"

static bool
has_requiretls(const char *const *params)
{
	for (; params != NULL && *params != NULL; params++)
		if (slice_is_nocase(slice_of(*params), "REQUIRETLS"))
			return true;
	return false;
}

static void
collect_tls(struct txn *txn, const struct txn_mail *mail)
{
	struct tls_macros macros = mail->tls;

	macros.is_postfix = txn->client->is_postfix;
	tlsinfo_from_macros(&macros, &txn->tls);
	counters_tls(txn->env->counters, &txn->tls);
}

/* Returns how many domains it has. */
static size_t
collect_sender(struct txn *txn, const struct txn_mail *mail)
{
	struct envelope sender;

	envelope_read(mail->path, mail->mail_addr, &sender);
	memcpy(txn->senders, sender.domains, sizeof(txn->senders));
	return sender.count;
}

/* What the ledger knows of the sender's domain and the client's network. */
static enum status
remember(struct txn *txn)
{
	if (txn->env->ledger == NULL || txn->facts.sender_count == 0)
		return STATUS_OK;
	return ledger_history(txn->env->ledger, domain_slice(&txn->senders[0]),
	    txn->facts.client_addr, clock_wall_ms(), &txn->facts.history);
}

enum status
txnmail_collect(struct txn *txn, const struct txn_mail *mail)
{
	const struct config *config = txn_config(txn);
	const struct client *client = txn->client;
	size_t senders = collect_sender(txn, mail);

	collect_tls(txn, mail);
	txn->facts = (struct facts){
	    .tls = &txn->tls,
	    .judged = !client->is_local_submission &&
		!config_trusts(config, &client->addr),
	    .client_addr = client->has_addr ? &client->addr : NULL,
	    .client_name = client_verified_name(client),
	    .senders = txn->senders,
	    .sender_count = senders,
	    .requiretls = has_requiretls(mail->params),
	    .operation = config->operation,
	};
	if (table_traits(config->table).prefer && txn->facts.judged)
		return remember(txn);
	return STATUS_OK;
}
