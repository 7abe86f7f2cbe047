#include "milter/maillog/sendmaillog.h"

#include <string.h>

/* A queue id has 14 letters and digits or so. */
enum { QUEUE_ID_MIN = 8 };

static const char client[] = "STARTTLS=client, ";
static const char tls_rcpt[] = "ruleset=tls_rcpt, arg1=";

bool
sendmaillog_is_ours(const struct logline *line)
{
	struct slice id, rest;

	if (slice_begins_nocase(line->text, client))
		return true;
	return logline_queue_id(line->text, QUEUE_ID_MIN, &id, &rest) &&
	    (slice_begins_nocase(rest, "to=") ||
		slice_begins_nocase(rest, "from=") ||
		slice_begins_nocase(rest, tls_rcpt));
}

/* The value of `, NAME=VALUE, ` behind the addresses; empty: not there. */
static struct slice
value_of(struct slice text, const char *name)
{
	const char *at = mailevent_find(text, name);
	struct slice rest;
	const char *end;

	if (at == NULL)
		return slice_make(NULL, 0);
	rest = mailevent_from(text, at, strlen(name));
	end = mailevent_find(rest, ", ");
	if (end != NULL)
		rest.len = (size_t)(end - rest.at);
	return rest;
}

static enum cert_state
cert_of(struct slice verify)
{
	if (slice_is(verify, "OK") || slice_is(verify, "TRUSTED"))
		return CERT_TRUSTED;
	if (slice_is(verify, "FAIL"))
		return CERT_FAILED;
	if (slice_is(verify, "NO") || slice_is(verify, "NOT") ||
	    slice_is(verify, "NONE"))
		return CERT_NONE;
	return CERT_UNKNOWN;
}

/* `mx.bank.example.` and `mx.bank.example. [192.0.2.1]` */
static void
read_relay(struct slice text, struct mailevent *out)
{
	struct slice rest = text;
	struct slice name = slice_cut(&rest, ' ');

	if (name.len > 0 && name.at[name.len - 1] == '.')
		name.len--;
	out->relay = name;
	out->address = slice_make(NULL, 0);
	if (rest.len > 1 && rest.at[0] == '[') {
		rest = slice_make(rest.at + 1, rest.len - 1);
		out->address = slice_cut(&rest, ']');
	}
}

/* `STARTTLS=client, relay=R, version=V, verify=OK, cipher=C, bits=256/256` */
static bool
read_tls(struct slice text, struct mailevent *out)
{
	out->version = value_of(text, ", version=");
	if (out->version.len == 0)
		return true; /* `STARTTLS=client, error: ...` and others */
	read_relay(value_of(text, " relay="), out);
	out->cipher = value_of(text, ", cipher=");
	out->bits = mailevent_bits(value_of(text, ", bits="));
	out->cert = cert_of(value_of(text, ", verify="));
	out->kind = MAILEVENT_TLS;
	return out->relay.len > 0;
}

/* What tls_server, tls_rcpt and the handshake leave in stat=. */
static bool
is_tls_reason(struct slice stat)
{
	static const char *const words[] = {
	    "403 4.7.0", "503 5.7.0", "TLS handshake failed",
	    "STARTTLS", "encryption required", "authentication required",
	};
	size_t i;

	for (i = 0; i < LENGTH(words); i++)
		if (slice_holds(stat, words[i]))
			return true;
	return false;
}

/* `stat=` is the last field; the relay's own words may hold anything. */
static bool
read_delivery(struct slice to, struct mailevent *out)
{
	const char *delay = mailevent_find(to, ", delay=");
	const char *ctladdr = mailevent_find(to, ", ctladdr=");
	struct slice fields, stat;
	const char *at;

	if (delay == NULL)
		return false;
	fields = mailevent_from(to, delay, 0);
	if (ctladdr != NULL && ctladdr < delay)
		delay = ctladdr;
	out->recipients = slice_make(to.at, (size_t)(delay - to.at));
	at = mailevent_find(fields, ", stat=");
	if (at == NULL)
		return false;
	stat = mailevent_from(fields, at, strlen(", stat="));
	fields.len = (size_t)(at - fields.at);
	out->kind = MAILEVENT_DELIVERY;
	read_relay(value_of(fields, ", relay="), out);
	if (slice_begins_nocase(stat, "Sent"))
		out->fate = MAILEVENT_SENT;
	else
		out->fate = is_tls_reason(stat) ? MAILEVENT_TLS_FAILED
						: MAILEVENT_NOT_SENT;
	return true;
}

/* `a@x, relay=[192.0.2.1], reject=454 4.7.0 ...`: TLS_Rcpt forbade it. */
static bool
read_refusal(struct slice arg, struct mailevent *out)
{
	const char *at = mailevent_find(arg, ", relay=");

	if (at == NULL || mailevent_find(arg, ", reject=") == NULL)
		return false;
	out->recipients = slice_make(arg.at, (size_t)(at - arg.at));
	read_relay(value_of(arg, ", relay="), out);
	if (out->address.len == 0 && out->relay.len > 2 &&
	    out->relay.at[0] == '[')
		out->address = slice_make(
		    out->relay.at + 1, out->relay.len - 2);
	out->kind = MAILEVENT_DELIVERY;
	out->fate = MAILEVENT_TLS_FAILED;
	return true;
}

/* `from=<a@x>, size=...`, `from=a@x, ...` */
static void
read_sender(struct slice from, struct mailevent *out)
{
	struct slice rest;

	out->kind = MAILEVENT_SENDER;
	if (mailevent_address(from, &out->sender, &rest))
		return;
	rest = from;
	out->sender = slice_cut(&rest, ',');
}

bool
sendmaillog_read(const struct logline *line, struct mailevent *out)
{
	struct slice rest;

	memset(out, 0, sizeof(*out));
	out->kind = MAILEVENT_OTHER;
	if (slice_begins_nocase(line->text, client))
		return read_tls(line->text, out);
	if (!logline_queue_id(line->text, QUEUE_ID_MIN, &out->queue_id, &rest))
		return true;
	if (slice_begins_nocase(rest, "to="))
		return read_delivery(mailevent_from(rest, rest.at, 3), out);
	if (slice_begins_nocase(rest, tls_rcpt))
		return read_refusal(mailevent_from(rest, rest.at,
		    sizeof(tls_rcpt) - 1), out);
	if (slice_begins_nocase(rest, "from="))
		read_sender(mailevent_from(rest, rest.at, 5), out);
	return true;
}
