/*
 * insert: many rows into a table of the centre, by few statements.
 *
 * Each statement is one INSERT with a list of rows, all values as parameters:
 * of what would be quick, this alone runs on every engine that speaks the
 * protocol. COPY knows no ON CONFLICT, and so cannot be tried again; unnest
 * of arrays is not known everywhere.
 *
 * Threads: no state.
 */
#ifndef HOPSEAL_FLEET_INSERT_H
#define HOPSEAL_FLEET_INSERT_H

#include "milter/fleet/centre.h"
#include "milter/ledger/cells.h"

enum { INSERT_ROWS = 100 }; /* in one statement */

/* Where rows go; the column `ledger` comes in front of the others. */
struct insert_target {
	const char *table;
	const char *columns;  /* with commas between */
	const char *conflict; /* what follows ON CONFLICT */
};

extern const struct insert_target insert_records;
extern const struct insert_target insert_leaves;
extern const struct insert_target insert_summaries;
extern const struct insert_target insert_checkpoints;

/* Insert all rows of that ledger. Fails: as centre_ask. */
enum status insert_cells(struct centre *centre,
    const struct insert_target *target, int64_t ledger,
    const struct cells *cells, struct fault *fault) MUST_CHECK;

#endif
