#include "milter/ledger/cells.h"

#include <stdlib.h>

enum { CHUNK = 256 * 1024, CEILING = 256 * 1024 * 1024 };

enum status
cells_init(struct cells *cells)
{
	cells->arena = NULL;
	cells->columns = 1;
	cells->rows = 0;
	cells->values = calloc(CELLS_MAX, sizeof(*cells->values));
	if (cells->values == NULL)
		return STATUS_NOMEM;
	return arena_new(CHUNK, CEILING, &cells->arena);
}

void
cells_clear(struct cells *cells)
{
	free(cells->values);
	cells->values = NULL;
	cells->rows = 0;
	arena_free(&cells->arena);
}

void
cells_reset(struct cells *cells, size_t columns)
{
	arena_reset(cells->arena);
	cells->columns = columns;
	cells->rows = 0;
}

bool
cells_have_room(const struct cells *cells)
{
	return (cells->rows + 1) * cells->columns <= CELLS_MAX;
}

const char **
cells_add(struct cells *cells)
{
	const char **row = cells->values + cells->rows * cells->columns;
	size_t i;

	if (!cells_have_room(cells))
		return NULL;
	cells->rows++;
	for (i = 0; i < cells->columns; i++)
		row[i] = NULL;
	return row;
}

const char *
cells_copy(struct cells *cells, struct slice text)
{
	return arena_copy(cells->arena, text);
}

const char *
cells_at(const struct cells *cells, size_t row, size_t column)
{
	return cells->values[row * cells->columns + column];
}
