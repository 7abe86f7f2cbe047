#include "milter/ledger/rows.h"

#include <inttypes.h>

enum rows_column {
	COLUMN_SEQ,
	COLUMN_PART,
	COLUMN_TIME,
	COLUMN_DIRECTION,
	COLUMN_EVENT,
	COLUMN_MODE,
	COLUMN_SENDER,
	COLUMN_RECIPIENT,
	COLUMN_POLICY,
	COLUMN_SIDE,
	COLUMN_PEER,
	COLUMN_ADDRESS,
	COLUMN_TLS,
	COLUMN_CIPHER,
	COLUMN_BITS,
	COLUMN_CERT,
	COLUMN_CN,
	COLUMN_REQUIRETLS,
	COLUMN_QUEUE,
	COLUMN_STAMP,
	COLUMN_HOST
};

enum status
rows_prepare_insert(const struct store *store, sqlite3_stmt **out,
    struct fault *fault)
{
	return store_prepare(store,
	    "INSERT INTO record (" ROWS_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?,"
	    " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", out, fault);
}

enum status
rows_insert(const struct store *store, sqlite3_stmt *insert,
    const struct entry *entry, const char *host, struct fault *fault)
{
	const char *const texts[] = {
	    [COLUMN_DIRECTION] = record_direction_name(entry->direction),
	    [COLUMN_EVENT] = record_event_name(entry->event),
	    [COLUMN_MODE] = mode_name(entry->mode),
	    [COLUMN_SENDER] = entry->sender,
	    [COLUMN_RECIPIENT] = entry->recipient,
	    [COLUMN_POLICY] = entry->policy,
	    [COLUMN_SIDE] = side_name(entry->side),
	    [COLUMN_PEER] = entry->peer,
	    [COLUMN_ADDRESS] = entry->address,
	    [COLUMN_TLS] = entry->tls,
	    [COLUMN_CIPHER] = entry->cipher,
	    [COLUMN_CERT] = cert_state_name(entry->cert),
	    [COLUMN_CN] = entry->cn,
	    [COLUMN_QUEUE] = entry->queue_id,
	    [COLUMN_STAMP] = entry->stamp_id,
	    [COLUMN_HOST] = host,
	};
	int i;

	for (i = 0; i < (int)LENGTH(texts); i++) {
		if (texts[i] != NULL)
			store_bind(insert, i + 1, texts[i]);
	}
	(void)sqlite3_bind_int64(
	    insert, COLUMN_SEQ + 1, (sqlite3_int64)entry->seq);
	(void)sqlite3_bind_int64(insert, COLUMN_PART + 1, entry->part);
	(void)sqlite3_bind_int64(insert, COLUMN_TIME + 1, entry->time);
	(void)sqlite3_bind_int64(insert, COLUMN_BITS + 1, entry->bits);
	(void)sqlite3_bind_int(
	    insert, COLUMN_REQUIRETLS + 1, entry->requiretls);
	return store_step(store, insert, fault);
}

static void
put_text(sqlite3_stmt *statement, enum rows_column column, const char *key,
    struct buf *line)
{
	buf_puts(line, key);
	entry_put_json(line, store_text(statement, (int)column));
}

/*
 * A number as it stands; a value of another type is written as a text, so
 * that it never passes for the number.
 */
static void
put_number(sqlite3_stmt *statement, enum rows_column column, const char *key,
    struct buf *line)
{
	if (sqlite3_column_type(statement, (int)column) != SQLITE_INTEGER) {
		put_text(statement, column, key, line);
		return;
	}
	buf_puts(line, key);
	buf_printf(line, "%" PRId64,
	    (int64_t)sqlite3_column_int64(statement, (int)column));
}

/* Only a time that our own writer could have stored has a canonical form. */
static void
put_time(sqlite3_stmt *statement, struct buf *line)
{
	int64_t time = sqlite3_column_int64(statement, COLUMN_TIME);

	if (sqlite3_column_type(statement, COLUMN_TIME) != SQLITE_INTEGER ||
	    time < 0 || time > ENTRY_TIME_MAX) {
		put_number(statement, COLUMN_TIME, ",\"time\":", line);
		return;
	}
	buf_puts(line, ",\"time\":\"");
	entry_put_time(line, time);
	buf_putc(line, '"');
}

static void
put_flag(sqlite3_stmt *statement, enum rows_column column, const char *key,
    struct buf *line)
{
	int64_t value = sqlite3_column_int64(statement, (int)column);

	if (sqlite3_column_type(statement, (int)column) != SQLITE_INTEGER ||
	    (value != 0 && value != 1)) {
		put_number(statement, column, key, line);
		return;
	}
	buf_puts(line, key);
	buf_puts(line, value == 1 ? "true" : "false");
}

void
rows_line(sqlite3_stmt *statement, struct buf *line)
{
	put_number(statement, COLUMN_SEQ, "{\"v\":1,\"seq\":", line);
	put_time(statement, line);
	put_text(statement, COLUMN_DIRECTION, ",\"direction\":", line);
	put_text(statement, COLUMN_EVENT, ",\"event\":", line);
	put_text(statement, COLUMN_MODE, ",\"mode\":", line);
	put_text(statement, COLUMN_SENDER, ",\"sender\":", line);
	put_text(statement, COLUMN_RECIPIENT, ",\"recipient\":", line);
	put_text(statement, COLUMN_POLICY, ",\"policy\":", line);
	put_text(statement, COLUMN_SIDE, ",\"side\":", line);
	put_text(statement, COLUMN_PEER, ",\"peer\":", line);
	put_text(statement, COLUMN_ADDRESS, ",\"address\":", line);
	put_text(statement, COLUMN_TLS, ",\"tls\":", line);
	put_text(statement, COLUMN_CIPHER, ",\"cipher\":", line);
	put_number(statement, COLUMN_BITS, ",\"bits\":", line);
	put_text(statement, COLUMN_CERT, ",\"cert\":", line);
	put_text(statement, COLUMN_CN, ",\"cn\":", line);
	put_flag(statement, COLUMN_REQUIRETLS, ",\"requiretls\":", line);
	put_text(statement, COLUMN_QUEUE, ",\"queue\":", line);
	put_text(statement, COLUMN_STAMP, ",\"stamp\":", line);
	put_text(statement, COLUMN_HOST, ",\"host\":", line);
	put_number(statement, COLUMN_PART, ",\"part\":", line);
	buf_putc(line, '}');
}
