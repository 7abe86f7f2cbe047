/*
 * load: the MTA's side of many milter sessions, as fast as the filter allows.
 *
 *	load SOCKET CONNECTIONS MESSAGES PER_SESSION BODY_SIZE TLS
 *
 * CONNECTIONS threads send MESSAGES altogether, PER_SESSION on each milter
 * connection, with the macros of a Postfix 3.7 that the filter asked for (or
 * its default lists); TLS 0 is a plain session. SOCKET is a path, or
 * PORT@IPV4. Prints what happened on one line of key=value.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "link.h"

enum { CONNECTIONS_MAX = 4096 };

static const char *target;
static int per_session;
static size_t body_size;
static bool tls;
static atomic_long left, edits_total, refused_total;

static void
greet(struct link *link)
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

/* Sixteen fields, as in FACTS. */
static bool
send_header(struct link *link)
{
	static const char *const fields[] = { "Received", "Received",
		"Received", "From", "To", "Subject", "Date", "Message-ID",
		"MIME-Version", "Content-Type", "Content-Transfer-Encoding",
		"User-Agent", "X-Mailer", "List-Id", "Precedence",
		"X-Spam-Status" };
	char data[256];

	for (size_t i = 0; i < 16; i++) {
		/* A signer wants an author whom it can read. */
		int len = snprintf(data, sizeof(data),
		    i == 3 ? "%s%c Alice <alice@sender.example>"
			   : "%s%c alice@sender.example a value of field %zu",
		    fields[i], 0, i);
		if (link_step(link, SMFIC_HEADER, data, (size_t)len + 1,
			SMFIP_NOHDRS, SMFIP_NR_HDR) != SMFIR_CONTINUE)
			return false;
	}
	return true;
}

static bool
send_content(struct link *link, const char *body)
{
	char code;

	link_macros(link, SMFIM_EOH, SMFIC_EOH);
	code = link_step(link, SMFIC_EOH, NULL, 0, SMFIP_NOEOH, SMFIP_NR_EOH);
	if (code != SMFIR_CONTINUE)
		return code == SMFIR_ACCEPT;
	for (size_t at = 0; at < body_size; at += MILTER_CHUNK_SIZE) {
		size_t len = body_size - at < MILTER_CHUNK_SIZE ?
		    body_size - at : MILTER_CHUNK_SIZE;
		code = link_step(link, SMFIC_BODY, body + at, len, SMFIP_NOBODY,
		    SMFIP_NR_BODY);
		if (code != SMFIR_CONTINUE)
			break;
	}
	link_macros(link, SMFIM_EOM, SMFIC_BODYEOB);
	link_put(link, SMFIC_BODYEOB, NULL, 0);
	code = link_answer(link);
	return code == SMFIR_CONTINUE || code == SMFIR_ACCEPT;
}

static bool
send_message(struct link *link, const char *body)
{
	link_macros(link, SMFIM_ENVFROM, SMFIC_MAIL);
	if (link_step(link, SMFIC_MAIL, "<alice@sender.example>", 23, SMFIP_NOMAIL,
		SMFIP_NR_MAIL) != SMFIR_CONTINUE)
		return false;
	link_macros(link, SMFIM_ENVRCPT, SMFIC_RCPT);
	if (link_step(link, SMFIC_RCPT, "<bob@example.org>", 18, SMFIP_NORCPT,
		SMFIP_NR_RCPT) != SMFIR_CONTINUE)
		return false;
	link_macros(link, SMFIM_DATA, SMFIC_DATA);
	link_step(link, SMFIC_DATA, NULL, 0, SMFIP_NODATA, SMFIP_NR_DATA);
	return send_header(link) && send_content(link, body);
}

static void *
client(void *body)
{
	struct link *link = calloc(1, sizeof(*link));

	if (link == NULL)
		link_die("calloc");
	while (atomic_load(&left) > 0) {
		link->fd = link_dial(target);
		link->out_len = 0;
		link_negotiate(link);
		greet(link);
		for (int i = 0; i < per_session; i++) {
			if (atomic_fetch_sub(&left, 1) <= 0)
				break;
			if (!send_message(link, body)) {
				atomic_fetch_add(&refused_total, 1);
				link_put(link, SMFIC_ABORT, NULL, 0);
			}
		}
		link_put(link, SMFIC_QUIT, NULL, 0);
		link_flush(link);
		(void)close(link->fd);
	}
	atomic_fetch_add(&edits_total, link->edits);
	free(link);
	return NULL;
}

/* Lines of 76; a signer wants the last one complete as well. */
static char *
body_new(void)
{
	char *body = malloc(body_size + 1);

	if (body == NULL)
		link_die("malloc");
	for (size_t i = 0; i < body_size; i++)
		body[i] = i % 78 == 76 ? '\r' : i % 78 == 77 ? '\n' : 'x';
	if (body_size >= 2)
		memcpy(body + body_size - 2, "\r\n", 2);
	return body;
}

static double
seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	static pthread_t threads[CONNECTIONS_MAX];
	int count;
	long messages;
	double begin;
	char *body;

	if (argc != 7) {
		fprintf(stderr, "usage: load SOCKET CONNECTIONS MESSAGES "
		    "PER_SESSION BODY_SIZE TLS\n");
		return 64;
	}
	target = argv[1];
	count = (int)strtol(argv[2], NULL, 10);
	messages = strtol(argv[3], NULL, 10);
	per_session = (int)strtol(argv[4], NULL, 10);
	body_size = strtoul(argv[5], NULL, 10);
	tls = argv[6][0] == '1';
	if (count < 1 || count > CONNECTIONS_MAX || per_session < 1)
		return 64;
	atomic_store(&left, messages);
	body = body_new();
	begin = seconds();
	for (int i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, client, body) != 0)
			link_die("pthread_create");
	for (int i = 0; i < count; i++)
		(void)pthread_join(threads[i], NULL);
	printf("messages=%ld seconds=%.3f edits=%ld refused=%ld\n", messages,
	    seconds() - begin, atomic_load(&edits_total),
	    atomic_load(&refused_total));
	free(body);
	return 0;
}
