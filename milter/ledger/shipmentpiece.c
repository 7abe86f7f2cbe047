/* A piece of the log: records, and the leaves that are none. */
#include <stdio.h>
#include <string.h>

#include "milter/ledger/entry.h"
#include "milter/ledger/retention.h"
#include "milter/ledger/shipmentstate.h"

const char *
shipment_copy_column(struct cells *cells, sqlite3_stmt *statement, int column,
    bool *good)
{
	const unsigned char *text = sqlite3_column_text(statement, column);
	const char *copy;

	if (text == NULL)
		return NULL;
	copy = cells_copy(cells, slice_make((const char *)text,
	    (size_t)sqlite3_column_bytes(statement, column)));
	*good = *good && copy != NULL;
	return copy;
}

bool
shipment_copy_row(struct cells *cells, sqlite3_stmt *statement, int first)
{
	const char **row = cells_add(cells);
	bool good = row != NULL;
	size_t i;

	for (i = 0; good && i < cells->columns; i++)
		row[i] = shipment_copy_column(cells, statement, first + (int)i, &good);
	return good;
}

enum status
shipment_copy_all(struct shipment *shipment, sqlite3_stmt *statement,
    struct cells *out, struct fault *fault)
{
	int rc;

	while ((rc = sqlite3_step(statement)) == SQLITE_ROW)
		if (!shipment_copy_row(out, statement, 0))
			return fault_set(fault, STATUS_NOMEM, "out of memory");
	return store_status(&shipment->store, rc, fault);
}

enum status
shipment_piece_init(struct shipment_piece *piece)
{
	enum status status;

	memset(piece, 0, sizeof(*piece));
	status = cells_init(&piece->records);
	if (status == STATUS_OK)
		status = cells_init(&piece->others);
	if (status != STATUS_OK)
		shipment_piece_clear(piece);
	return status;
}

void
shipment_piece_clear(struct shipment_piece *piece)
{
	cells_clear(&piece->records);
	cells_clear(&piece->others);
}

/*
 * A record's month is where the centre puts it: year and month of its time,
 * as 202601.
 */
static const char sql_leaves[] =
    "SELECT leaf.seq, lower(hex(leaf.hash)), record.time,"
    " CAST(strftime('%Y%m', record.time / 1000, 'unixepoch') AS INTEGER),"
    " CASE WHEN direction = 'out' AND recipient <> '' THEN recipient"
    " WHEN direction <> 'out' AND sender <> '' THEN sender ELSE '<>' END,"
    " record.seq, part, record.time, direction, event, mode, sender,"
    " recipient, policy, side, peer, address, tls, cipher, bits, cert, cn,"
    " requiretls, queue, stamp, host, pruning.time, what, first, last,"
    " removed, newest FROM leaf"
    " LEFT JOIN record ON record.seq = leaf.seq"
    " LEFT JOIN pruning ON pruning.seq = leaf.seq"
    " WHERE leaf.seq >= ?1 ORDER BY leaf.seq LIMIT ?2";

enum leaf_column {
	LEAF_SEQ,
	LEAF_HASH,
	LEAF_TIME,
	LEAF_RECORD, /* and the columns of a record */
	LEAF_REMOVAL = LEAF_RECORD + SHIPMENT_RECORD_COLUMNS
};

static void
read_removal(sqlite3_stmt *statement, struct buf *line)
{
	struct removal removal = {
	    .seq = (uint64_t)sqlite3_column_int64(statement, LEAF_SEQ),
	    .time = sqlite3_column_int64(statement, LEAF_REMOVAL),
	    .what = store_text(statement, LEAF_REMOVAL + 1),
	    .first = sqlite3_column_int64(statement, LEAF_REMOVAL + 2),
	    .last = sqlite3_column_int64(statement, LEAF_REMOVAL + 3),
	    .removed = sqlite3_column_int64(statement, LEAF_REMOVAL + 4),
	    .newest = sqlite3_column_int64(statement, LEAF_REMOVAL + 5),
	};

	retention_line(line, &removal);
}

/* A leaf that is a removal, or whose record is gone. */
static bool
take_other(sqlite3_stmt *statement, struct shipment_piece *piece)
{
	bool is_removal =
	    sqlite3_column_type(statement, LEAF_REMOVAL) != SQLITE_NULL;
	const char **row = cells_add(&piece->others);
	char storage[1024];
	struct buf line;
	bool good = row != NULL;

	if (!good)
		return false;
	row[0] = shipment_copy_column(&piece->others, statement, LEAF_SEQ, &good);
	row[1] = shipment_copy_column(&piece->others, statement, LEAF_HASH, &good);
	if (!is_removal) {
		piece->lost++;
		return good;
	}
	buf_init_fixed(&line, storage, sizeof(storage));
	read_removal(statement, &line);
	row[2] = cells_copy(&piece->others, buf_slice(&line));
	return good && row[2] != NULL;
}

static bool
take_leaf(sqlite3_stmt *statement, struct shipment_piece *piece)
{
	int64_t time = sqlite3_column_int64(statement, LEAF_TIME);

	piece->next = (uint64_t)sqlite3_column_int64(statement, LEAF_SEQ) + 1;
	(void)snprintf(piece->tip, sizeof(piece->tip), "%s",
	    store_text(statement, LEAF_HASH));
	if (sqlite3_column_type(statement, LEAF_TIME) == SQLITE_NULL)
		return take_other(statement, piece);
	if (piece->first_day < 0 || entry_day(time) < piece->first_day)
		piece->first_day = entry_day(time);
	piece->time = time;
	return shipment_copy_row(&piece->records, statement, LEAF_RECORD);
}

enum status
shipment_read(struct shipment *shipment, uint64_t from,
    struct shipment_piece *piece, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status =
	    store_prepare(&shipment->store, sql_leaves, &statement, fault);
	int rc = SQLITE_DONE;

	cells_reset(&piece->records, SHIPMENT_RECORD_COLUMNS);
	cells_reset(&piece->others, SHIPMENT_LEAF_COLUMNS);
	piece->first = piece->next = from;
	piece->lost = 0;
	piece->time = piece->first_day = -1;
	if (status != STATUS_OK)
		return status;
	(void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)from);
	(void)sqlite3_bind_int(statement, 2, SHIPMENT_LEAVES);
	while (status == STATUS_OK &&
	    (rc = sqlite3_step(statement)) == SQLITE_ROW)
		if (!take_leaf(statement, piece))
			status = fault_set(fault, STATUS_NOMEM,
			    "out of memory");
	if (status == STATUS_OK)
		status = store_status(&shipment->store, rc, fault);
	(void)sqlite3_finalize(statement);
	return status;
}
