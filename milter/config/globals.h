/*
 * globals: everything in hopseal.conf that is no rule.
 *
 * Threads: one owner. Memory: the document's arena. Source: POLICY.md,
 * "hopseal.conf".
 */
#ifndef HOPSEAL_CONFIG_GLOBALS_H
#define HOPSEAL_CONFIG_GLOBALS_H

#include "milter/config/config.h"
#include "milter/config/document.h"
#include "milter/config/findings.h"

/*
 * Set *out (all but table) to the defaults, then to what the document
 * says. A section that stands twice is read twice; the later value holds.
 * Fails: NOMEM.
 */
enum status globals_read(const struct document *document,
    struct findings *findings, struct config *out) MUST_CHECK;

#endif
