/*
 * promfile: the figures in a file, for a collector that reads files.
 *
 * Renamed into place: a reader sees the old figures or the new ones. Threads:
 * one owner. Source: node_exporter, textfile collector.
 */
#ifndef HOPSEAL_METRICS_PROMFILE_H
#define HOPSEAL_METRICS_PROMFILE_H

#include "milter/metrics/scrape.h"
#include "milter/system/log.h"
#include "policy/base/attributes.h"

struct promfile {
	const char *name; /* borrowed; its folder is writable */
	scrape_render *render;
	void *context;
	bool failing; /* it could not be written the last time */
};

/* Write it. Fails: IO. */
enum status promfile_write(const struct promfile *file,
    struct fault *fault) MUST_CHECK;

/* Write it, or tell log once why it is old from now on. */
void promfile_renew(struct promfile *file, struct log *log);

#endif
