/*
 * coherence: do the settings fit together?
 *
 * What only shows when everything is read. Threads: no state. Source:
 * hopseal.conf(5).
 */
#ifndef HOPSEAL_CONFIG_COHERENCE_H
#define HOPSEAL_CONFIG_COHERENCE_H

#include "milter/config/config.h"
#include "milter/config/document.h"
#include "milter/config/findings.h"

/* Add a finding for everything of config that does not fit. */
void coherence_check(const struct document *document,
    struct findings *findings, const struct config *config);

#endif
