/*
 * findings: what is wrong with a configuration, collected, then reported.
 *
 * A reader adds whatever it finds, in any order; findings_report() gives
 * the sentences file by file and line by line. Sentences begin with
 * `FILE:LINE: `, or `FILE: ` when the line is 0.
 *
 * Threads: one owner. Limits: FINDINGS_MAX sentences of FAULT_MAX octets;
 * what is beyond is counted, and the last sentence says how many.
 */
#ifndef HOPSEAL_CONFIG_FINDINGS_H
#define HOPSEAL_CONFIG_FINDINGS_H

#include <stddef.h>

#include "milter/config/config.h"
#include "policy/base/attributes.h"
#include "policy/base/status.h"

enum { FINDINGS_MAX = 500 };

struct findings;

/* Gives *out. Fails: NOMEM. */
enum status findings_new(struct findings **out) MUST_CHECK;
void findings_free(struct findings **findings);

/* Forget everything that was added. */
void findings_reset(struct findings *findings);

/* Add one sentence. Without memory it is counted only. */
void findings_add(struct findings *findings, const char *file, unsigned line,
    const char *format, ...) PRINTF_LIKE(4, 5);

/* How many were added, reported ones and counted ones. */
size_t findings_count(const struct findings *findings);

/* Call report for each: files in order of first mention, lines rising. */
void findings_report(struct findings *findings, config_report *report,
    void *context);

#endif
