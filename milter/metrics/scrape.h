/*
 * scrape: one client of the metrics socket.
 *
 * HTTP/1.0 of the smallest kind: whatever is asked for with GET is answered
 * with all figures, and the connection is closed. Non-blocking: octets in
 * until the request is whole, octets out when the client takes them.
 *
 * Threads: one owner. Limits: requests of SCRAPE_REQUEST octets. Source: RFC
 * 1945.
 */
#ifndef HOPSEAL_METRICS_SCRAPE_H
#define HOPSEAL_METRICS_SCRAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/buf.h"

enum { SCRAPE_REQUEST = 4096 };

/* Append the figures of now. */
typedef void scrape_render(void *context, struct buf *out);

struct scrape {
	int fd;
	int64_t until_us; /* its owner closes it then */
	struct buf request;
	struct buf answer; /* empty until the request is whole */
	size_t sent;	   /* of the answer */
};

/* Takes fd, which is non-blocking. Pair: scrape_clear, which closes it. */
void scrape_init(struct scrape *scrape, int fd, int64_t until_us);
void scrape_clear(struct scrape *scrape);

/* POLLIN, POLLOUT: what the client waits for. */
short scrape_events(const struct scrape *scrape);

/*
 * Read what has come; what is whole is answered, with what render appends if
 * it is a GET, else with 400. Returns false when the connection is over.
 */
bool scrape_serve(struct scrape *scrape, scrape_render *render,
    void *context);

#endif
