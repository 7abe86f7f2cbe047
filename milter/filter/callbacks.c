#include "milter/filter/callbacks.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>

#include "milter/filter/alter.h"
#include "milter/filter/macros.h"
#include "milter/filter/negotiate.h"
#include "milter/filter/reply.h"
#include "milter/system/clock.h"
#include "milter/system/descriptors.h"

/* Descriptors are counted by system calls, too dear for each connection. */
enum { MIND_US = 10 * 1000 };

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

/*
 * libmilter says nothing when a connection finds no descriptor: it tries again
 * until there is one, and meanwhile the MTA gives up on us and defers.
 */
static void
mind_descriptors(struct filter *filter)
{
	unsigned connections = atomic_load(&filter->connections);
	int64_t now_us = clock_monotonic_us();

	if (now_us - atomic_load(&filter->minded_us) < MIND_US)
		return;
	atomic_store(&filter->minded_us, now_us);
	if (!descriptors_are_short() ||
	    episode_level(&filter->crowded, now_us) != LOG_LEVEL_ERROR)
		return;
	log_line(filter->env.log, LOG_LEVEL_ERROR,
	    "connections=%u, and only %lu files may be open: soon the MTA "
	    "finds no place and defers; raise LimitNOFILE of the unit, or let "
	    "the MTA open fewer sessions", connections, descriptors_limit());
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
	mind_descriptors(the_filter);
	*pf0 = taken.actions;
	*pf1 = taken.steps;
	*pf2 = 0;
	*pf3 = 0;
	return SMFIS_CONTINUE;
}

/* Copy the client's address; returns false for none that is IP. */
static bool
read_address(const struct sockaddr *from, struct ipaddr *addr, unsigned *port)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (from == NULL)
		return false;
	if (from->sa_family == AF_INET6) {
		memcpy(&v6, from, sizeof(v6));
		memcpy(addr->octet, &v6.sin6_addr, sizeof(addr->octet));
		*port = ntohs(v6.sin6_port);
		return true;
	}
	if (from->sa_family != AF_INET)
		return false;
	memcpy(&v4, from, sizeof(v4));
	ipaddr_from_v4((const unsigned char *)&v4.sin_addr, addr);
	*port = ntohs(v4.sin_port);
	return true;
}

static sfsistat
mlfi_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *from)
{
	struct connection *connection = connection_of(ctx);
	struct ipaddr addr;
	struct client_connect connect = {
	    .name = name,
	    .mta_version = macro(ctx, "v"),
	    .host = macro(ctx, "j"),
	    .resolved = macro(ctx, "{client_resolve}"),
	};

	if (connection == NULL) /* an MTA that does not negotiate */
		connection = connection_new(the_filter, ctx);
	if (connection == NULL)
		return fail(ctx, "connect", no_memory);
	if (read_address(from, &addr, &connect.port))
		connect.addr = &addr;
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

/* MAIL FROM, and what the MTA says of the session. */
static void
read_mail(SMFICTX *ctx, const struct connection *connection, char **argv,
    struct txn_mail *mail)
{
	memset(mail, 0, sizeof(*mail));
	mail->path = argv[0];
	mail->params = (const char *const *)(argv + 1);
	mail->mail_addr = macro(ctx, "{mail_addr}");
	mail->queue_id = macro(ctx, "i");
	mail->authenticated = macro_is_set(ctx, "{auth_type}") ||
	    macro_is_set(ctx, "{auth_authen}");
	mail->seen = connection->seen;
	mail->tls.version = macro(ctx, "{tls_version}");
	mail->tls.cipher = macro(ctx, "{cipher}");
	mail->tls.bits = macro(ctx, "{cipher_bits}");
	mail->tls.verify = macro(ctx, "{verify}");
	mail->tls.cert_subject = macro(ctx, "{cert_subject}");
	mail->tls.cn_subject = macro(ctx, "{cn_subject}");
	mail->tls.asked = connection->lists_macros && macros_came_with_mail(ctx);
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
	read_mail(ctx, connection, argv, &mail);
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

static sfsistat
end_message(SMFICTX *ctx)
{
	struct connection *connection = connection_of(ctx);
	const char *queue_id = macro(ctx, "i");
	struct txn_result result;
	sfsistat verdict;

	if (connection == NULL ||
	    txn_end(connection->txn, queue_id, &result) != STATUS_OK)
		return fail(ctx, "eom", no_memory);
	if (result.reply.code[0] != '\0') {
		/* The reply borrows the transaction's configuration. */
		verdict = reply_send(ctx, &result.reply);
		txn_abort(connection->txn);
		return verdict;
	}
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
