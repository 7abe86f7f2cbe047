/*
 * exporter: gives the figures to whoever connects.
 *
 * Nobody can hold it up: EXPORTER_CLIENTS are served at once, one more takes
 * the place of the one that came first, and who has not asked and read within
 * EXPORTER_SECONDS is closed.
 *
 * Threads: exporter_start makes one, exporter_stop ends it; signals must be
 * blocked before. Limits: EXPORTER_CLIENTS clients, and those of scrape.h.
 * Source: Prometheus exposition formats.
 */
#ifndef HOPSEAL_METRICS_EXPORTER_H
#define HOPSEAL_METRICS_EXPORTER_H

#include "milter/metrics/scrape.h"
#include "milter/system/log.h"
#include "policy/base/attributes.h"

enum {
	EXPORTER_CLIENTS = 64,
	EXPORTER_SECONDS = 2,
	EXPORTER_FILE_SECONDS = 15
};

struct exporter;

struct exporter_options {
	int listener;	  /* -1: none; is taken */
	const char *file; /* NULL: none; written every EXPORTER_FILE_SECONDS */
	scrape_render *render; /* called by the exporter's thread */
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
