/*
 * suggest_print: suggestions as text for hopseal.conf.
 *
 * Everything that is not a policy is a comment, so that the whole output is
 * a configuration that hopseald -n accepts.
 */
#ifndef HOPSEAL_CTL_SUGGEST_PRINT_H
#define HOPSEAL_CTL_SUGGEST_PRINT_H

#include "milter/ctl/suggest_rule.h"
#include "policy/base/buf.h"

/* One suggestion: its figures, then the stanza, appended. */
void suggest_print(const struct suggestion *suggestion,
    const struct match *in_force, struct buf *out);

/* Why sides were left out, a line for each reason that has a count. */
void suggest_print_left(const uint64_t counts[SUGGEST_LEFT_REASONS],
    const struct suggest_limits *limits, struct buf *out);

#endif
