#include "milter/session/txnlog.h"

#include <stdio.h>

#include "policy/base/buf.h"

enum { FACTS_TEXT_MAX = 1536 };

static const char *
text_or_dash(const char *text)
{
	return text == NULL || text[0] == '\0' ? "-" : text;
}

static const char *
domain_text(const struct domain *domain)
{
	switch (domain->kind) {
	case DOMAIN_NONE:
		return "<>";
	case DOMAIN_NAME:
	case DOMAIN_LITERAL:
		return domain->text;
	case DOMAIN_OTHER:
		break;
	}
	return "*";
}

static void
write_client(struct buf *line, const struct client *client)
{
	char addr[IPADDR_TEXT] = "local";

	if (client->has_addr)
		ipaddr_print(&client->addr, addr);
	buf_printf(line, " client=%s", addr);
}

static void
write_tls(struct buf *line, const struct tlsinfo *tls)
{
	if (tls->state != TLS_ESTABLISHED) {
		buf_printf(line, " tls=%s", tls_state_name(tls->state));
		return;
	}
	buf_printf(line, " tls=%s cipher=%s bits=%u cert=%s",
	    text_or_dash(tls->version_text), text_or_dash(tls->cipher),
	    tls->bits, cert_state_name(tls->cert));
}

static void
write_verdict(struct buf *line, const struct verdict *verdict)
{
	if (verdict->side != SIDE_NONE) {
		buf_printf(line, " mode=%s policy=", mode_name(verdict->mode));
		buf_put_slice(line, verdict->domain);
		buf_printf(line, " side=%s", side_name(verdict->side));
	}
	buf_printf(line, " verdict=%s%s", outcome_name(verdict->outcome),
	    verdict->exempted ? " exempt=yes" : "");
}

static void
write_facts(struct buf *line, const struct txnlog_facts *facts)
{
	buf_printf(line, "id=%s", text_or_dash(facts->queue_id));
	buf_printf(line, " sender=%s",
	    facts->sender == NULL ? "<>" : domain_text(facts->sender));
	if (facts->recipient != NULL)
		buf_printf(line, " rcpt=%s", domain_text(facts->recipient));
	else
		buf_puts(line, " rcpt=several");
	write_client(line, facts->client);
	write_tls(line, facts->tls);
	write_verdict(line, facts->verdict);
}

void
txnlog_accepted(struct log *log, const struct txnlog_facts *facts)
{
	char storage[FACTS_TEXT_MAX];
	struct buf line;

	buf_init_fixed(&line, storage, sizeof(storage));
	write_facts(&line, facts);
	buf_printf(&line, " nrcpt=%zu stamp=%s", facts->recipients,
	    text_or_dash(facts->stamp_id));
	if (facts->stripped > 0)
		buf_printf(&line, " stripped=%zu", facts->stripped);
	log_line(log, LOG_LEVEL_INFO, "accepted %s", buf_text(&line));
}

void
txnlog_refused(struct log *log, const struct txnlog_facts *facts,
    const struct reply *reply)
{
	char storage[FACTS_TEXT_MAX];
	struct buf line;

	buf_init_fixed(&line, storage, sizeof(storage));
	write_facts(&line, facts);
	log_line(log, LOG_LEVEL_INFO, "refused %s reply=\"%s %s %s\"",
	    buf_text(&line), reply->code, reply->xcode, reply->text);
}
