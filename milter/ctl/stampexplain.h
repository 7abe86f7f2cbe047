/*
 * stampexplain: what a verification found, for a help desk, on stdout.
 *
 * First the stamp in sentences: who says it, when, what TLS, with whom, under
 * which policy; or why there is nothing to rely on, what that means and what
 * to do. Then the hops by their Received fields, as the claims that they are.
 * Threads: one. Source: STAMP.md, "hopseal verify".
 */
#ifndef HOPSEAL_CTL_STAMPEXPLAIN_H
#define HOPSEAL_CTL_STAMPEXPLAIN_H

#include "milter/ctl/stampreport.h"

/* message is the one that was verified. */
void stampexplain_print(const struct verification *found,
    const struct stampreport_question *question, struct slice message);

#endif
