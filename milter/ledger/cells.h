/*
 * cells: rows of texts, on their way from one database to another.
 *
 * A value is its text; NULL is SQL's. All lie in one arena, which the next
 * cells_reset gives back.
 *
 * Threads: one owner. Limits: CELLS_MAX values at once.
 */
#ifndef HOPSEAL_LEDGER_CELLS_H
#define HOPSEAL_LEDGER_CELLS_H

#include <stddef.h>

#include "policy/base/arena.h"
#include "policy/base/slice.h"

enum { CELLS_MAX = 64 * 1024 };

struct cells {
	struct arena *arena;
	const char **values; /* row by row */
	size_t columns;
	size_t rows;
};

/* Pair: cells_clear. Fails: NOMEM. */
enum status cells_init(struct cells *cells) MUST_CHECK;
void cells_clear(struct cells *cells);

/* No rows, each of that many columns. */
void cells_reset(struct cells *cells, size_t columns);

/* Is there room for one row more? */
bool cells_have_room(const struct cells *cells);

/* A row to be filled with cells_copy; NULL: no room. */
const char **cells_add(struct cells *cells) MUST_CHECK;

/* A copy of text that lives as long as the rows. NULL: no memory. */
const char *cells_copy(struct cells *cells, struct slice text) MUST_CHECK;

/* One value. Borrows. */
const char *cells_at(const struct cells *cells, size_t row, size_t column);

#endif
