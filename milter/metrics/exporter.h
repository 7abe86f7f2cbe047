/*
 * exporter: gives the figures to whoever connects.
 *
 * HTTP/1.0 of the smallest kind: whatever is asked for with GET is answered
 * with all figures, and the connection is closed. What does not end its
 * request within EXPORTER_SECONDS is closed, so nobody can hold it up.
 *
 * Threads: exporter_start makes one, exporter_stop ends it; signals must be
 * blocked before. Limits: one client at a time, requests of EXPORTER_REQUEST
 * octets. Source: RFC 1945; Prometheus exposition formats.
 */
#ifndef HOPSEAL_METRICS_EXPORTER_H
#define HOPSEAL_METRICS_EXPORTER_H

#include "milter/system/log.h"
#include "policy/base/attributes.h"
#include "policy/base/buf.h"

enum {
	EXPORTER_SECONDS = 2,
	EXPORTER_REQUEST = 4096,
	EXPORTER_FILE_SECONDS = 15
};

struct exporter;

/* Append the figures of now; called by the exporter's thread. */
typedef void exporter_render(void *context, struct buf *out);

struct exporter_options {
	int listener;	  /* -1: none; is taken */
	const char *file; /* NULL: none; written every EXPORTER_FILE_SECONDS */
	exporter_render *render;
	void *context;
	struct log *log; /* told when the file cannot be written, once */
};

/*
 * Serve the listening, non-blocking descriptor, and keep the file new. Gives
 * *out. Fails: NOMEM, IO (the file cannot be written).
 */
enum status exporter_start(const struct exporter_options *options,
    struct exporter **out, struct fault *fault) MUST_CHECK;

/* Write the file once more, end the thread, free. NULL inside is allowed. */
void exporter_stop(struct exporter **exporter);

#endif
