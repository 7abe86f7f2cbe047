#include "milter/ctl/probehost.h"

#include <string.h>

#include "milter/system/clock.h"
#include "policy/base/buf.h"

static void
keep_reply(struct probehost *out, const struct smtp_reply *reply)
{
	memcpy(out->reply, reply->text, sizeof(out->reply));
}

static enum smtp_end
say_ehlo(struct smtp_peer *peer, const char *helo, struct smtp_reply *reply)
{
	char text[SMTP_LINE / 2];
	enum smtp_end end;
	struct buf command;

	buf_init_fixed(&command, text, sizeof(text));
	buf_printf(&command, "EHLO %s", helo);
	end = smtp_ask(peer, buf_text(&command), reply);
	if (end == SMTP_GOOD && reply->code != 250)
		return SMTP_EHLO;
	return end;
}

/* Greeting, EHLO, STARTTLS: all that is said in clear. */
static enum smtp_end
ask_for_tls(struct smtp_peer *peer, const char *helo, struct probehost *out)
{
	struct smtp_reply reply;
	enum smtp_end end = smtp_ask(peer, NULL, &reply);

	keep_reply(out, &reply);
	if (end != SMTP_GOOD)
		return end;
	if (reply.code != 220)
		return SMTP_GREETING;
	end = say_ehlo(peer, helo, &reply);
	keep_reply(out, &reply);
	if (end != SMTP_GOOD)
		return end;
	if (!reply.starttls)
		return SMTP_NO_STARTTLS;
	end = smtp_ask(peer, "STARTTLS", &reply);
	keep_reply(out, &reply);
	if (end != SMTP_GOOD)
		return end;
	if (reply.code != 220)
		return SMTP_STARTTLS;
	/* RFC 3207, 4.2: what was sent before is not to be believed. */
	return smtp_has_more(peer) ? SMTP_INJECTED : SMTP_GOOD;
}

/* Everything up to the end of the handshake. Fails: NOMEM. */
static enum status
reach_tls(const struct probehost_visit *visit, enum tls_version only,
    struct smtp_peer *peer, struct probehost *out)
{
	const struct probehost_options *options = visit->options;
	struct tls_target target = {.host = out->host, .only = only};
	enum status status;

	peer->deadline_us =
	    clock_monotonic_us() + (int64_t)options->seconds * 1000000;
	out->end = smtp_connect(peer, out->host, options->port, out->address,
	    sizeof(out->address));
	if (out->end == SMTP_GOOD && !options->implicit)
		out->end = ask_for_tls(peer, options->helo, out);
	if (out->end != SMTP_GOOD)
		return STATUS_OK;
	target.fd = peer->fd;
	target.deadline_us = peer->deadline_us;
	status = tlsprobe_handshake(visit->tls, &target, &peer->tls,
	    &out->tls);
	if (status == STATUS_OK && peer->tls == NULL)
		out->end = SMTP_TLS;
	return status;
}

/* Inside TLS: what is offered there, and a polite end. */
static void
ask_inside(const struct probehost_visit *visit, struct smtp_peer *peer,
    struct probehost *out)
{
	struct smtp_reply reply;

	out->bears_wanted = visit->bears(visit->context, peer->tls);
	if (visit->options->implicit) {
		out->end = smtp_ask(peer, NULL, &reply);
		keep_reply(out, &reply);
		if (out->end == SMTP_GOOD && reply.code != 220)
			out->end = SMTP_GREETING;
		if (out->end != SMTP_GOOD)
			return;
	}
	out->end = say_ehlo(peer, visit->options->helo, &reply);
	keep_reply(out, &reply);
	out->requiretls = reply.requiretls;
	if (out->end == SMTP_GOOD)
		(void)smtp_ask(peer, "QUIT", &reply);
}

/* One connection for a version. Fails: NOMEM. */
static enum status
try_version(const struct probehost_visit *visit, unsigned number,
    struct probehost *out)
{
	struct probehost trial = *out;
	struct smtp_peer peer = {.fd = -1};
	enum status status = reach_tls(visit,
	    (enum tls_version)(TLS_VERSION_1_0 + number), &peer, &trial);

	if (trial.end == SMTP_GOOD)
		out->versions[number] = VERSION_ACCEPTED;
	else if (trial.end == SMTP_TLS &&
	    trial.tls.failure != TLS_FAILURE_TIMEOUT)
		out->versions[number] = VERSION_REFUSED;
	smtp_close(&peer);
	return status;
}

enum status
probehost_visit(const struct probehost_visit *visit, struct probehost *out)
{
	struct smtp_peer peer = {.fd = -1};
	enum status status =
	    reach_tls(visit, TLS_VERSION_OTHER, &peer, out);
	bool tls_spoken = out->end == SMTP_GOOD || out->end == SMTP_TLS;
	unsigned number;

	if (status == STATUS_OK && out->end == SMTP_GOOD)
		ask_inside(visit, &peer, out);
	smtp_close(&peer);
	for (number = 0; number < PROBE_VERSIONS && tls_spoken &&
	     status == STATUS_OK; number++)
		status = try_version(visit, number, out);
	return status;
}
