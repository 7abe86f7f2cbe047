/*
 * figures: the metrics of a running hopseald, read back.
 *
 * From its socket or the file it writes; the text is that of
 * metrics/exposition.h. Threads: one owner. Limits: FIGURES_MAX octets, two
 * seconds. Source: Prometheus text format 0.0.4.
 */
#ifndef HOPSEAL_CTL_FIGURES_H
#define HOPSEAL_CTL_FIGURES_H

#include <stdint.h>

#include "policy/base/buf.h"

enum { FIGURES_MAX = 256 * 1024 };

/*
 * Ask the socket (as the configuration names it) and append what it says to
 * out. Fails: SYNTAX (no such socket name), IO (nobody answers), TIMEOUT,
 * LIMIT; the sentence says what to do.
 */
enum status figures_ask(const char *socket, struct buf *out,
    struct fault *fault) MUST_CHECK;

/*
 * The value of the sample `NAME` or `NAME{LABELS}`, without the hopseal_ in
 * front. Returns false when it is not there.
 */
bool figures_find(struct slice text, const char *sample, double *out);

/* The value of a label of the first sample of that name; empty: none. */
struct slice figures_label(struct slice text, const char *name,
    const char *label);

#endif
