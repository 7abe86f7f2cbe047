/*
 * textline: the canonical line of a record that is there as texts.
 *
 * As rows.h, for a record that comes from another database than the ledger.
 * Threads: no state. Source: entry.h.
 */
#ifndef HOPSEAL_LEDGER_TEXTLINE_H
#define HOPSEAL_LEDGER_TEXTLINE_H

#include "policy/base/buf.h"

/* The cells of a record: seq, part, time and so on, as rows.h lists them. */
enum { TEXTLINE_CELLS = 21 };

/*
 * Append the line as the cells say it, changed or not: it is what the leaf
 * is compared with. No cell is NULL.
 */
void textline_put(const char *const cells[TEXTLINE_CELLS], struct buf *line);

#endif
