/*
 * mbox: the quoting of lines that begin with "From ".
 *
 * In the mboxrd format such a line, however many ">" stand before it, gets
 * one more. Threads: no state. Source: RFC 4155, appendix A; qmail's mbox(5).
 */
#ifndef HOPSEAL_STAMP_MBOX_H
#define HOPSEAL_STAMP_MBOX_H

#include "milter/stamp/canon.h"

/* Put a whole body into canon, one ">" less on each quoted line. */
void mbox_put_unquoted(struct slice body, struct canon_body *canon);

#endif
