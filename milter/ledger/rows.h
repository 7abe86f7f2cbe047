/*
 * rows: records to and from the table of records.
 *
 * Threads: one owner. The order of columns is that of struct entry.
 */
#ifndef HOPSEAL_LEDGER_ROWS_H
#define HOPSEAL_LEDGER_ROWS_H

#include "milter/ledger/entry.h"
#include "milter/ledger/store.h"

/* The columns that rows_read expects first, in this order. */
#define ROWS_COLUMNS                                                          \
	"seq, part, time, direction, event, mode, sender, recipient, policy," \
	" side, peer, address, tls, cipher, bits, cert, cn, requiretls,"      \
	" queue, stamp, host"

/* The statement that rows_insert takes. Fails: as store_prepare. */
enum status rows_prepare_insert(const struct store *store,
    sqlite3_stmt **out, struct fault *fault) MUST_CHECK;

enum status rows_insert(const struct store *store, sqlite3_stmt *insert,
    const struct entry *entry, const char *host,
    struct fault *fault) MUST_CHECK;

/*
 * Append to line the canonical line of the row that statement stands on, as
 * the columns say it, changed or not: it is what the leaf is compared with.
 */
void rows_line(sqlite3_stmt *statement, struct buf *line);

#endif
