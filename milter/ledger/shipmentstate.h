/*
 * shipmentstate: what the parts of shipment share, and nobody else sees.
 */
#ifndef HOPSEAL_LEDGER_SHIPMENTSTATE_H
#define HOPSEAL_LEDGER_SHIPMENTSTATE_H

#include "milter/ledger/shipment.h"
#include "milter/ledger/store.h"

struct shipment {
	struct store store;
};

/*
 * A column as a text of the cells; NULL stays NULL. *good is made false when
 * there is no memory.
 */
const char *shipment_copy_column(struct cells *cells, sqlite3_stmt *statement,
    int column, bool *good);

/* The columns from first on as a row. Returns false without memory. */
bool shipment_copy_row(struct cells *cells, sqlite3_stmt *statement,
    int first);

/* All rows that are left. Fails: NOMEM, and as SQLite says. */
enum status shipment_copy_all(struct shipment *shipment,
    sqlite3_stmt *statement, struct cells *out,
    struct fault *fault) MUST_CHECK;

#endif
