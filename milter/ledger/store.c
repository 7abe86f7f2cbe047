#include "milter/ledger/store.h"

#include <stdio.h>
#include <string.h>

enum status
store_status(const struct store *store, int rc, struct fault *fault)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return STATUS_OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return fault_set(fault, STATUS_BUSY,
		    "%s: another process holds the ledger locked; end it, or "
		    "let it finish", store->path);
	case SQLITE_NOMEM:
		return fault_set(fault, STATUS_NOMEM, "%s: out of memory; see "
		    "MemoryMax of the unit", store->path);
	case SQLITE_FULL:
		return fault_set(fault, STATUS_IO, "%s: the disk is full; "
		    "make room", store->path);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return fault_set(fault, STATUS_SYNTAX,
		    "%s: the ledger is corrupt (%s); move it away or restore a "
		    "backup", store->path, sqlite3_errmsg(store->db));
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return fault_set(fault, STATUS_DENIED,
		    "%s: the ledger cannot be written (%s); see its owner and "
		    "mode, and those of its folder", store->path,
		    sqlite3_errmsg(store->db));
	default:
		return fault_set(fault, STATUS_IO, "%s: %s (SQLite %d)",
		    store->path, sqlite3_errmsg(store->db),
		    sqlite3_extended_errcode(store->db));
	}
}

enum status
store_run(const struct store *store, const char *sql, struct fault *fault)
{
	return store_status(
	    store, sqlite3_exec(store->db, sql, NULL, NULL, NULL), fault);
}

enum status
store_prepare(const struct store *store, const char *sql, sqlite3_stmt **out,
    struct fault *fault)
{
	return store_status(store,
	    sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
		out, NULL),
	    fault);
}

enum status
store_step(const struct store *store, sqlite3_stmt *statement,
    struct fault *fault)
{
	int rc = sqlite3_step(statement);
	enum status status = store_status(store, rc, fault);

	(void)sqlite3_reset(statement);
	return status;
}

enum status
store_number(const struct store *store, const char *sql, int64_t *out,
    struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(store, sql, &statement, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(statement, 0);
	else if (rc == SQLITE_DONE)
		status = fault_set(fault, STATUS_NOTFOUND,
		    "%s: a row of the ledger is missing", store->path);
	else
		status = store_status(store, rc, fault);
	(void)sqlite3_finalize(statement);
	return status;
}

const char *
store_text(sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	return text == NULL ? "" : (const char *)text;
}

void
store_bind(sqlite3_stmt *statement, int place, const char *text)
{
	(void)sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

enum status
store_meta(const struct store *store, const char *key, char *out, size_t size,
    struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(store,
	    "SELECT value FROM meta WHERE key = ?", &statement, fault);
	int written;

	if (status != STATUS_OK)
		return status;
	store_bind(statement, 1, key);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		written = snprintf(out, size, "%s", store_text(statement, 0));
		if (written < 0 || (size_t)written >= size)
			status = fault_set(fault, STATUS_LIMIT,
			    "%s: meta value %s is too long", store->path, key);
	} else
		status = fault_set(fault, STATUS_NOTFOUND,
		    "%s: the ledger has no %s", store->path, key);
	(void)sqlite3_finalize(statement);
	return status;
}

enum status
store_meta_set(const struct store *store, const char *key, const char *value,
    struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(store,
	    "INSERT OR REPLACE INTO meta VALUES (?, ?)", &statement, fault);

	if (status != STATUS_OK)
		return status;
	store_bind(statement, 1, key);
	store_bind(statement, 2, value);
	status = store_step(store, statement, fault);
	(void)sqlite3_finalize(statement);
	return status;
}
