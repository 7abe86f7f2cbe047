/*
 * lookupclient: one connection of Postfix to the next-hop responder.
 *
 * Non-blocking: octets in, whole requests answered, octets out when the peer
 * takes them. Threads: one owner. Limits: one unanswered request and
 * LOOKUP_OUT_MAX octets of answers; a client that asks without reading waits.
 */
#ifndef HOPSEAL_LOOKUP_LOOKUPCLIENT_H
#define HOPSEAL_LOOKUP_LOOKUPCLIENT_H

#include "milter/lookup/netstring.h"
#include "milter/metrics/counters.h"
#include "policy/table.h"

enum {
	LOOKUP_IN_MAX = NETSTRING_MAX + NETSTRING_DIGITS + 2,
	LOOKUP_OUT_MAX = 256 * 1024
};

/* What answers are made of, and counted in. Borrowed. */
struct lookup {
	const struct table *table;
	struct counters *counters;
};

struct lookupclient {
	int fd;
	struct buf in;	/* less than one request */
	struct buf out; /* answers that were not taken yet */
	size_t sent;	/* of out */
	int64_t asked_us; /* the last whole request; before: it came */
	bool closing;	  /* close once out is sent: the request was no good */
};

/* Takes fd. Pair: lookupclient_clear, which closes it. */
void lookupclient_init(struct lookupclient *client, int fd);
void lookupclient_clear(struct lookupclient *client);

/* POLLIN, POLLOUT: what the client waits for. */
short lookupclient_events(const struct lookupclient *client);

/*
 * Read what has come and answer what is whole. Returns false when the
 * connection is over.
 */
bool lookupclient_serve(struct lookupclient *client,
    const struct lookup *lookup);

#endif
