#include "milter/ledger/shipment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ledger/entry.h"
#include "milter/ledger/retention.h"
#include "milter/ledger/rows.h"
#include "milter/ledger/store.h"

struct shipment {
	struct store store;
};

enum status
shipment_open(const char *path, struct shipment **out, struct fault *fault)
{
	struct shipment *shipment = calloc(1, sizeof(*shipment));
	enum status status;

	if (shipment == NULL)
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	status = store_open_reader(path, &shipment->store, fault);
	if (status == STATUS_OK)
		*out = shipment;
	else
		free(shipment);
	return status;
}

void
shipment_close(struct shipment **shipment)
{
	if (*shipment == NULL)
		return;
	store_close(&(*shipment)->store);
	free(*shipment);
	*shipment = NULL;
}

bool
shipment_is_in_place(const struct shipment *shipment)
{
	return store_is_in_place(&shipment->store);
}

enum status
shipment_vkey(struct shipment *shipment, char out[SHIPMENT_VKEY],
    struct fault *fault)
{
	return store_meta(&shipment->store, "vkey", out, SHIPMENT_VKEY,
	    fault);
}

/* A query of one number, with one or two numbers in it. */
static enum status
number_of(struct shipment *shipment, const char *sql, int64_t a,
    int64_t *out, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status =
	    store_prepare(&shipment->store, sql, &statement, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	(void)sqlite3_bind_int64(statement, 1, a);
	rc = sqlite3_step(statement);
	status = store_status(&shipment->store, rc, fault);
	if (rc == SQLITE_ROW && sqlite3_column_type(statement, 0) !=
		SQLITE_NULL)
		*out = sqlite3_column_int64(statement, 0);
	else if (status == STATUS_OK)
		status = fault_set(fault, STATUS_NOTFOUND, "no such row");
	(void)sqlite3_finalize(statement);
	return status;
}

enum status
shipment_size(struct shipment *shipment, uint64_t *out, struct fault *fault)
{
	int64_t size = 0;
	enum status status = store_number(&shipment->store,
	    "SELECT size FROM state", &size, fault);

	*out = (uint64_t)size;
	return status;
}

enum status
shipment_time(struct shipment *shipment, uint64_t seq, int64_t *out,
    struct fault *fault)
{
	enum status status = number_of(shipment,
	    "SELECT time FROM record WHERE seq >= ? ORDER BY seq LIMIT 1",
	    (int64_t)seq, out, fault);

	if (status != STATUS_NOTFOUND)
		return status;
	*out = 0;
	return STATUS_OK;
}

enum status
shipment_first_day(struct shipment *shipment, uint64_t seq, int64_t *out,
    struct fault *fault)
{
	return number_of(shipment,
	    "SELECT min(time) / 86400000 FROM record WHERE seq >= ?",
	    (int64_t)seq, out, fault);
}

enum status
shipment_day(struct shipment *shipment, int64_t day, int64_t *out,
    struct fault *fault)
{
	return number_of(shipment,
	    "SELECT day FROM day WHERE day >= ? ORDER BY day LIMIT 1", day,
	    out, fault);
}

/* A column as a text of the cells; NULL stays NULL. */
static const char *
copy_column(struct cells *cells, sqlite3_stmt *statement, int column,
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

static bool
copy_row(struct cells *cells, sqlite3_stmt *statement, int first)
{
	const char **row = cells_add(cells);
	bool good = row != NULL;
	size_t i;

	for (i = 0; good && i < cells->columns; i++)
		row[i] = copy_column(cells, statement, first + (int)i, &good);
	return good;
}

static enum status
copy_all(struct shipment *shipment, sqlite3_stmt *statement,
    struct cells *out, struct fault *fault)
{
	int rc;

	while ((rc = sqlite3_step(statement)) == SQLITE_ROW)
		if (!copy_row(out, statement, 0))
			return fault_set(fault, STATUS_NOMEM, "out of memory");
	return store_status(&shipment->store, rc, fault);
}

enum status
shipment_hash(struct shipment *shipment, uint64_t seq,
    char out[SHIPMENT_HASH], struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(&shipment->store,
	    "SELECT lower(hex(hash)) FROM leaf WHERE seq = ?", &statement,
	    fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	(void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)seq);
	rc = sqlite3_step(statement);
	status = store_status(&shipment->store, rc, fault);
	if (rc == SQLITE_ROW)
		(void)snprintf(out, SHIPMENT_HASH, "%s",
		    store_text(statement, 0));
	else if (status == STATUS_OK)
		status = fault_set(fault, STATUS_NOTFOUND, "no such leaf");
	(void)sqlite3_finalize(statement);
	return status;
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
	row[0] = copy_column(&piece->others, statement, LEAF_SEQ, &good);
	row[1] = copy_column(&piece->others, statement, LEAF_HASH, &good);
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
	return copy_row(&piece->records, statement, LEAF_RECORD);
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

static const char sql_summaries[] =
    "SELECT day, domain, direction, network, tls, cipher, event, records,"
    " messages, stamped, first_time, last_time FROM summary WHERE day = ?1"
    " AND last_seq >= ?2 AND (domain, direction, network, tls, cipher, event)"
    " > (?3, ?4, ?5, ?6, ?7, ?8) ORDER BY domain, direction, network, tls,"
    " cipher, event LIMIT ?9";

enum status
shipment_summaries(struct shipment *shipment, int64_t day, uint64_t since,
    const char *const *after, struct cells *out, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status =
	    store_prepare(&shipment->store, sql_summaries, &statement, fault);
	int i;

	cells_reset(out, SHIPMENT_SUMMARY_COLUMNS);
	if (status != STATUS_OK)
		return status;
	(void)sqlite3_bind_int64(statement, 1, day);
	(void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)since);
	for (i = 1; i < SHIPMENT_SUMMARY_KEYS; i++)
		store_bind(statement, 2 + i, after == NULL ? "" : after[i]);
	(void)sqlite3_bind_int(statement, 9, SHIPMENT_ROWS);
	status = copy_all(shipment, statement, out, fault);
	(void)sqlite3_finalize(statement);
	return status;
}

enum status
shipment_checkpoints(struct shipment *shipment, uint64_t after,
    uint64_t until, struct cells *out, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(&shipment->store,
	    "SELECT size, time, note FROM checkpoint WHERE size > ?1 AND"
	    " size <= ?2 ORDER BY size LIMIT ?3", &statement, fault);

	cells_reset(out, SHIPMENT_CHECKPOINT_COLUMNS);
	if (status != STATUS_OK)
		return status;
	(void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)after);
	(void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)until);
	(void)sqlite3_bind_int(statement, 3, SHIPMENT_ROWS);
	status = copy_all(shipment, statement, out, fault);
	(void)sqlite3_finalize(statement);
	return status;
}
