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
#include <time.h>
#include <unistd.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "link.h"
#include "message.h"

enum { CONNECTIONS_MAX = 4096 };

static const char *target;
static int per_session;
static size_t body_size;
static bool tls;
static atomic_long left, edits_total, refused_total;

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
		message_greet(link, tls);
		for (int i = 0; i < per_session; i++) {
			if (atomic_fetch_sub(&left, 1) <= 0)
				break;
			if (!message_send(link, body, body_size)) {
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
	body = message_body_new(body_size);
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
