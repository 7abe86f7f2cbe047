#include "milter/filter/negotiate.h"

/* Replies to these steps carry nothing. */
#define QUIET_STEPS (SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_HDR | \
    SMFIP_NR_BODY)

/*
 * A list replaces the MTA's own, so each holds what Sendmail and Postfix
 * send at that stage by default and what we need besides. TLS is asked for at
 * MAIL: a client may start TLS and send no second EHLO.
 */
static const struct {
	int stage;
	const char *macros;
} macro_lists[] = {
    {SMFIM_CONNECT, "j _ v {daemon_name} {daemon_addr} {if_name} {if_addr} "
		    "{client_resolve}"},
    {SMFIM_ENVFROM, "i {auth_type} {auth_authen} {auth_ssf} {auth_author} "
		    "{mail_addr} {mail_host} {mail_mailer} {tls_version} "
		    "{cipher} {cipher_bits} {cert_subject} {cert_issuer} "
		    "{verify} {cn_subject} v"},
    {SMFIM_ENVRCPT, "i {rcpt_addr} {rcpt_host} {rcpt_mailer}"},
    {SMFIM_EOH, "i"},
    {SMFIM_EOM, "i"},
};

/* Fails only for want of memory. */
static bool
ask_for_macros(SMFICTX *ctx)
{
	size_t i;

	for (i = 0; i < LENGTH(macro_lists); i++)
		if (smfi_setsymlist(ctx, macro_lists[i].stage,
			(char *)(uintptr_t)macro_lists[i].macros) !=
		    MI_SUCCESS)
			return false;
	return true;
}

static struct txn_needs
current_needs(const struct filter *filter)
{
	struct snapshot *snapshot =
	    snapshot_slot_acquire(filter->env.snapshots);
	struct txn_needs needs = txn_needs_of(snapshot);

	snapshot_release(&snapshot);
	return needs;
}

/* Whoever does not see the header changes nothing. */
static unsigned long
actions_wanted(const struct connection *connection)
{
	return connection->seen.headers ? FILTER_ACTIONS : SMFIF_SETSYMLIST;
}

static unsigned long
steps_declined(const struct connection *connection)
{
	unsigned long steps = SMFIP_NOUNKNOWN;

	/* Without lists, TLS macros come with HELO or not at all. */
	if (connection->lists_macros)
		steps |= SMFIP_NOHELO;
	if (!connection->seen.headers)
		steps |= SMFIP_NOHDRS | SMFIP_NOEOH;
	if (!connection->seen.body)
		steps |= SMFIP_NOBODY;
	/*
	 * On TCP a packet that nobody answers waits for a delayed ACK, 40 ms
	 * (FACTS.md); Postfix sends one, the macros of DATA, even with NODATA.
	 */
	if (connection->filter->endpoint.family == AF_UNIX)
		steps |= QUIET_STEPS | SMFIP_NODATA;
	return steps;
}

enum status
negotiate(struct connection *connection, SMFICTX *ctx,
    struct negotiation offer, struct negotiation *out)
{
	connection->seen = current_needs(connection->filter);
	connection->lists_macros = (offer.actions & SMFIF_SETSYMLIST) != 0;
	/* Without its lists a whole connection would be of unknown TLS. */
	if (connection->lists_macros && !ask_for_macros(ctx))
		return STATUS_NOMEM;
	out->actions = offer.actions & actions_wanted(connection);
	out->steps = offer.steps & steps_declined(connection);
	connection->no_reply = out->steps & QUIET_STEPS;
	return STATUS_OK;
}
