/*
 * auditrows: what stands behind a leaf of the log.
 *
 * A record, the note of a removal, or nothing any more. A part of audit: see
 * auditstate.h. Every function goes on to the rows that follow. Fails: as the
 * store.
 */
#ifndef HOPSEAL_LEDGER_AUDITROWS_H
#define HOPSEAL_LEDGER_AUDITROWS_H

#include "milter/ledger/auditstate.h"

/* Ranges of removed records, as the removals claim them. */
enum status auditrows_load_pruned(struct audit *audit) MUST_CHECK;

/* Rows that stand before the next leaf have none: they were put in. */
enum status auditrows_check_inserted(struct audit *audit,
    uint64_t next) MUST_CHECK;

/* The row at this leaf must have its hash. */
enum status auditrows_check(struct audit *audit, uint64_t seq,
    const struct hash *leaf) MUST_CHECK;

#endif
