#include "message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

void
message_greet(struct link *link, bool tls)
{
	static const char client[] = "unknown\0" "4\x9c\x40" "192.0.2.25";

	link->tls_now = false;
	link_macros(link, SMFIM_CONNECT, SMFIC_CONNECT);
	link_step(link, SMFIC_CONNECT, client, sizeof(client), SMFIP_NOCONNECT,
	    SMFIP_NR_CONN);
	for (int i = 0; i < (tls ? 2 : 1); i++) {
		link->tls_now = i == 1;
		link_macros(link, SMFIM_HELO, SMFIC_HELO);
		link_step(link, SMFIC_HELO, "client.example", 15, SMFIP_NOHELO,
		    SMFIP_NR_HELO);
	}
}

char
message_mail(struct link *link)
{
	link_macros(link, SMFIM_ENVFROM, SMFIC_MAIL);
	return link_step(link, SMFIC_MAIL, "<alice@sender.example>", 23,
	    SMFIP_NOMAIL, SMFIP_NR_MAIL);
}

char
message_rcpt(struct link *link)
{
	link_macros(link, SMFIM_ENVRCPT, SMFIC_RCPT);
	return link_step(link, SMFIC_RCPT, "<bob@example.org>", 18,
	    SMFIP_NORCPT, SMFIP_NR_RCPT);
}

/* Sixteen fields, as in FACTS. */
static char
send_header(struct link *link)
{
	static const char *const fields[] = { "Received", "Received",
		"Received", "From", "To", "Subject", "Date", "Message-ID",
		"MIME-Version", "Content-Type", "Content-Transfer-Encoding",
		"User-Agent", "X-Mailer", "List-Id", "Precedence",
		"X-Spam-Status" };
	char data[256], code = SMFIR_CONTINUE;

	for (size_t i = 0; i < 16 && code == SMFIR_CONTINUE; i++) {
		/* A signer wants an author whom it can read. */
		int len = snprintf(data, sizeof(data),
		    i == 3 ? "%s%c Alice <alice@sender.example>"
			   : "%s%c alice@sender.example a value of field %zu",
		    fields[i], 0, i);
		code = link_step(link, SMFIC_HEADER, data, (size_t)len + 1,
		    SMFIP_NOHDRS, SMFIP_NR_HDR);
	}
	return code;
}

static char
send_body(struct link *link, const char *body, size_t size)
{
	char code = SMFIR_CONTINUE;

	for (size_t at = 0; at < size && code == SMFIR_CONTINUE;
	    at += MILTER_CHUNK_SIZE)
		code = link_step(link, SMFIC_BODY, body + at,
		    size - at < MILTER_CHUNK_SIZE ? size - at
						  : MILTER_CHUNK_SIZE,
		    SMFIP_NOBODY, SMFIP_NR_BODY);
	return code == SMFIR_SKIP ? SMFIR_CONTINUE : code;
}

char
message_content(struct link *link, const char *body, size_t size)
{
	char code;

	link_macros(link, SMFIM_DATA, SMFIC_DATA);
	link_step(link, SMFIC_DATA, NULL, 0, SMFIP_NODATA, SMFIP_NR_DATA);
	code = send_header(link);
	if (code != SMFIR_CONTINUE)
		return code;
	link_macros(link, SMFIM_EOH, SMFIC_EOH);
	code = link_step(link, SMFIC_EOH, NULL, 0, SMFIP_NOEOH, SMFIP_NR_EOH);
	return code == SMFIR_CONTINUE ? send_body(link, body, size) : code;
}

char
message_end(struct link *link)
{
	link_macros(link, SMFIM_EOM, SMFIC_BODYEOB);
	link_put(link, SMFIC_BODYEOB, NULL, 0);
	return link_answer(link);
}

bool
message_send(struct link *link, const char *body, size_t size)
{
	char code = message_mail(link);

	if (code == SMFIR_CONTINUE)
		code = message_rcpt(link);
	if (code != SMFIR_CONTINUE)
		return false;
	code = message_content(link, body, size);
	if (code == SMFIR_CONTINUE)
		code = message_end(link);
	return code == SMFIR_CONTINUE || code == SMFIR_ACCEPT;
}

/* A signer wants the last line complete as well. */
char *
message_body_new(size_t size)
{
	char *body = malloc(size + 1);

	if (body == NULL)
		link_die("malloc");
	for (size_t i = 0; i < size; i++)
		body[i] = i % 78 == 76 ? '\r' : i % 78 == 77 ? '\n' : 'x';
	if (size >= 2) {
		body[size - 2] = '\r';
		body[size - 1] = '\n';
	}
	return body;
}
