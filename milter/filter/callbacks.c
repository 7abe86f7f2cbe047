#include "milter/filter/callbacks.h"

#include "milter/filter/alter.h"
#include "milter/filter/crowd.h"
#include "milter/filter/facts.h"
#include "milter/filter/macros.h"
#include "milter/filter/negotiate.h"
#include "milter/filter/reply.h"
#include "milter/system/clock.h"

/* libmilter's callbacks carry no context before the first smfi_setpriv. */
static struct filter *the_filter;

static const char no_memory[] =
    "no memory for a message, or more to change in it than we keep; see "
    "MemoryMax of the unit, and the limits of the MTA";
static const char lost_macros[] =
    "the MTA sent no macros where it did before; libmilter drops them when "
    "it has no memory, see MemoryMax of the unit";
static const char unsent_edits[] =
    "the edits could not be sent: the MTA has hung up, or there is no memory";

/* We could not do our work: say so here. */
static void
note_fault(SMFICTX *ctx, const char *step, const char *reason)
{
	const char *queue_id = macro(ctx, "i");
	struct episode *episode = &the_filter->env.troubles->work;

	counter_add(&the_filter->env.counters->faults, 1);
	log_line(the_filter->env.log,
	    episode_level(episode, clock_monotonic_us()),
	    "fault id=%s step=%s reason=\"%s\" reply=\"451 4.3.0\"",
	    queue_id == NULL ? "-" : queue_id, step, reason);
}

/* The same, and say so to the client. */
static sfsistat
fail(SMFICTX *ctx, const char *step, const char *reason)
{
	note_fault(ctx, step, reason);
	return reply_fault(ctx);
}

/* The ledger, and the transaction has said so: LEDGER FAULTS. */
static sfsistat
fail_unrecorded(SMFICTX *ctx)
{
	counter_add(&the_filter->env.counters->faults, 1);
	return reply_fault(ctx);
}

/* The verdict of a step to which the MTA may have been promised no reply. */
static sfsistat
go_on(const struct connection *connection, unsigned long step)
{
	return (connection->no_reply & step) != 0 ? SMFIS_NOREPLY
						  : SMFIS_CONTINUE;
}

static sfsistat
mlfi_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1,
    unsigned long f2, unsigned long f3, unsigned long *pf0,
    unsigned long *pf1, unsigned long *pf2, unsigned long *pf3)
{
	struct negotiation offer = {f0, f1}, taken;
	struct connection *connection = connection_new(the_filter, ctx);

	(void)f2;
	(void)f3;
	if (connection == NULL ||
	    negotiate(connection, ctx, offer, &taken) != STATUS_OK) {
		note_fault(ctx, "negotiate", no_memory);
		return SMFIS_REJECT; /* the MTA's default action applies */
	}
	crowd_look(the_filter);
	*pf0 = taken.actions;
	*pf1 = taken.steps;
	*pf2 = 0;
	*pf3 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
mlfi_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *from)
{
	struct connection *connection = connection_of(ctx);
	struct ipaddr addr;
	struct client_connect connect;

	if (connection == NULL) /* an MTA that does not negotiate */
		connection = connection_new(the_filter, ctx);
	if (connection == NULL)
		return fail(ctx, "connect", no_memory);
	facts_connect(ctx, name, from, &addr, &connect);
	connection->greeted = macros_came_with_connect(ctx);
	client_init(&connection->client, &connect);
	return go_on(connection, SMFIP_NR_CONN);
}

/* TLS facts are taken at MAIL: HELO comes twice around STARTTLS. */
static sfsistat
mlfi_helo(SMFICTX *ctx, char *name)
{
	struct connection *connection = connection_of(ctx);

	(void)name;
	return connection == NULL ? SMFIS_CONTINUE
				  : go_on(connection, SMFIP_NR_HELO);
}

static sfsistat
mlfi_envfrom(SMFICTX *ctx, char **argv)
{
	struct connection *connection = connection_of(ctx);
	struct txn_mail mail;

	if (connection == NULL)
		return fail(ctx, "envfrom", no_memory);
	if (macros_were_lost(ctx, connection))
		return fail(ctx, "envfrom", lost_macros);
	facts_mail(ctx, connection, argv, &mail);
	client_set_mta(&connection->client, macro(ctx, "v"));
	switch (txn_begin(connection->txn, &connection->client, &mail)) {
	case STATUS_OK:
		return SMFIS_CONTINUE;
	case STATUS_BUSY:
		log_line(the_filter->env.log, LOG_LEVEL_INFO,
		    "reconnect wanted after a reload reply=\"421 4.3.2\"");
		return reply_reconnect(ctx);
	default:
		return fail(ctx, "envfrom", no_memory);
	}
}

static sfsistat
mlfi_envrcpt(SMFICTX *ctx, char **argv)
{
	struct connection *connection = connection_of(ctx);
	struct txn_rcpt rcpt = {
	    .path = argv[0],
	    .rcpt_addr = macro(ctx, "{rcpt_addr}"),
	    .mailer = macro(ctx, "{rcpt_mailer}"),
	    .queue_id = macro(ctx, "i"),
	};
	int64_t began_us = clock_monotonic_us();
	struct reply reply;

	if (connection == NULL)
		return fail(ctx, "envrcpt", no_memory);
	if (macros_of_rcpt_were_lost(ctx, connection))
		return fail(ctx, "envrcpt", lost_macros);
	if (txn_rcpt(connection->txn, &rcpt, &reply) != STATUS_OK)
		return fail(ctx, "envrcpt", no_memory);
	histogram_add(&the_filter->env.counters->decision,
	    clock_monotonic_us() - began_us);
	return reply_send(ctx, &reply);
}

/* Asked for on TCP alone: negotiate.c says why. */
static sfsistat
mlfi_data(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

static sfsistat
mlfi_header(SMFICTX *ctx, char *name, char *value)
{
	struct connection *connection = connection_of(ctx);

	if (connection == NULL)
		return SMFIS_CONTINUE;
	txn_header(connection->txn, slice_of(name), slice_of(value));
	return go_on(connection, SMFIP_NR_HDR);
}

static sfsistat
mlfi_eoh(SMFICTX *ctx)
{
	struct connection *connection = connection_of(ctx);

	if (connection == NULL || !txn_is_settled_at_eoh(connection->txn))
		return SMFIS_CONTINUE;
	if (txn_commit(connection->txn, macro(ctx, "i")) != STATUS_OK)
		return fail_unrecorded(ctx);
	return SMFIS_ACCEPT; /* the body is not sent */
}

static sfsistat
mlfi_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	struct connection *connection = connection_of(ctx);

	if (connection == NULL)
		return SMFIS_CONTINUE;
	txn_body(connection->txn, data, len);
	return go_on(connection, SMFIP_NR_BODY);
}

/* The reply borrows the transaction's configuration: it is sent first. */
static sfsistat
refuse_message(SMFICTX *ctx, const struct connection *connection,
    const struct reply *reply)
{
	sfsistat verdict = reply_send(ctx, reply);

	txn_abort(connection->txn);
	return verdict;
}

static sfsistat
end_message(SMFICTX *ctx)
{
	struct connection *connection = connection_of(ctx);
	const char *queue_id = macro(ctx, "i");
	struct txn_result result;

	if (connection == NULL ||
	    txn_end(connection->txn, queue_id, &result) != STATUS_OK)
		return fail(ctx, "eom", no_memory);
	if (result.reply.code[0] != '\0')
		return refuse_message(ctx, connection, &result.reply);
	if (!alter_message(ctx, result.edits))
		return fail(ctx, "eom", unsent_edits);
	if (txn_commit(connection->txn, queue_id) != STATUS_OK)
		return fail_unrecorded(ctx);
	episode_over(&the_filter->env.troubles->work, the_filter->env.log,
	    clock_monotonic_us(), "messages are served");
	return SMFIS_ACCEPT;
}

static sfsistat
mlfi_eom(SMFICTX *ctx)
{
	int64_t began_us = clock_monotonic_us();
	sfsistat verdict = end_message(ctx);

	histogram_add(&the_filter->env.counters->end,
	    clock_monotonic_us() - began_us);
	return verdict;
}

static sfsistat
mlfi_abort(SMFICTX *ctx)
{
	struct connection *connection = connection_of(ctx);

	if (connection != NULL)
		txn_abort(connection->txn);
	return SMFIS_CONTINUE;
}

/* May be the first callback of a connection, and the only one. */
static sfsistat
mlfi_close(SMFICTX *ctx)
{
	connection_free(ctx);
	return SMFIS_CONTINUE;
}

static const struct smfiDesc description = {
    .xxfi_name = (char *)(uintptr_t) "hopseal",
    .xxfi_version = SMFI_VERSION,
    .xxfi_flags = FILTER_ACTIONS,
    .xxfi_connect = mlfi_connect,
    .xxfi_helo = mlfi_helo,
    .xxfi_envfrom = mlfi_envfrom,
    .xxfi_envrcpt = mlfi_envrcpt,
    .xxfi_data = mlfi_data,
    .xxfi_header = mlfi_header,
    .xxfi_eoh = mlfi_eoh,
    .xxfi_body = mlfi_body,
    .xxfi_eom = mlfi_eom,
    .xxfi_abort = mlfi_abort,
    .xxfi_close = mlfi_close,
    .xxfi_negotiate = mlfi_negotiate,
};

bool
callbacks_register(struct filter *filter)
{
	the_filter = filter;
	return smfi_register(description) == MI_SUCCESS;
}

void
callbacks_forget(void)
{
	the_filter = NULL;
}
