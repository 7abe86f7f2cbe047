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

/* The rows stand between the two, each led by the number of the ledger. */
struct insert_target {
	const char *before; /* up to VALUES */
	const char *behind; /* from ON CONFLICT on */
	size_t rows;	    /* in one statement */
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
