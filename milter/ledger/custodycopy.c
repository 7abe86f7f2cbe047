#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "milter/ledger/custody.h"
#include "milter/ledger/entry.h"
#include "milter/ledger/retention.h"
#include "milter/ledger/rows.h"

enum { BACKUP_MODE = 0640 };

/* Two cursors in the order of the log; the lower one goes first. */
static enum status
export_merge(const struct store *store, sqlite3_stmt *record,
    sqlite3_stmt *removal, custody_line *line, void *context)
{
	char storage[ENTRY_LINE_MAX];
	struct buf text;
	int from_record = sqlite3_step(record);
	int from_removal = sqlite3_step(removal);
	bool first;

	while (from_record == SQLITE_ROW || from_removal == SQLITE_ROW) {
		first = from_removal != SQLITE_ROW ||
		    (from_record == SQLITE_ROW &&
			sqlite3_column_int64(record, 0) <
			    sqlite3_column_int64(removal, 0));
		buf_init_fixed(&text, storage, sizeof(storage));
		if (first)
			rows_line(record, &text);
		else
			retention_row(removal, &text);
		if (!line(context, buf_slice(&text)))
			return STATUS_OK;
		if (first)
			from_record = sqlite3_step(record);
		else
			from_removal = sqlite3_step(removal);
	}
	if (from_record != SQLITE_DONE)
		return store_status(store, from_record, NULL);
	return store_status(store, from_removal, NULL);
}

static enum status
export_all(const struct store *store, const int64_t range[2],
    custody_line *line, void *context, struct fault *fault)
{
	sqlite3_stmt *record = NULL;
	sqlite3_stmt *removal = NULL;
	enum status status = store_run(store, "BEGIN", fault);
	int i;

	if (status == STATUS_OK)
		status = store_prepare(store,
		    "SELECT " ROWS_COLUMNS " FROM record WHERE time >= ? AND"
		    " time < ? ORDER BY seq", &record, fault);
	if (status == STATUS_OK)
		status = store_prepare(store,
		    "SELECT * FROM pruning WHERE time >= ? AND time < ?"
		    " ORDER BY seq", &removal, fault);
	for (i = 0; i < 2 && status == STATUS_OK; i++) {
		(void)sqlite3_bind_int64(record, i + 1, range[i]);
		(void)sqlite3_bind_int64(removal, i + 1, range[i]);
	}
	if (status == STATUS_OK) {
		status = export_merge(store, record, removal, line, context);
		if (status != STATUS_OK)
			(void)fault_set(fault, status,
			    "%s: reading stopped before the end: %s",
			    store->path, sqlite3_errmsg(store->db));
	}
	(void)sqlite3_finalize(record);
	(void)sqlite3_finalize(removal);
	return status;
}

enum status
custody_export(const char *path, int64_t since, int64_t until,
    custody_line *line, void *context, struct fault *fault)
{
	const int64_t range[2] = {since, until};
	struct store store;
	enum status status = store_open_reader(path, &store, fault);

	if (status != STATUS_OK)
		return status;
	status = export_all(&store, range, line, context, fault);
	store_close(&store);
	return status;
}

/*
 * All pages in one step: a read transaction, next to which the writer goes
 * on. In small steps every write would begin the copy anew.
 */
static enum status
backup_pages(const struct store *store, sqlite3 *target, const char *copy,
    struct fault *fault)
{
	sqlite3_backup *backup =
	    sqlite3_backup_init(target, "main", store->db, "main");
	int rc;

	if (backup == NULL)
		return fault_set(fault, STATUS_IO, "%s: %s", copy,
		    sqlite3_errmsg(target));
	(void)sqlite3_backup_step(backup, -1);
	rc = sqlite3_backup_finish(backup);
	/* One file that holds it all, readable where nothing may be written. */
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(target, "PRAGMA journal_mode = DELETE",
		    NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return fault_set(fault, STATUS_IO,
		    "%s: the copy could not be written: %s", copy,
		    sqlite3_errstr(rc));
	return STATUS_OK;
}

static enum status
backup_store(const struct store *store, const char *copy,
    struct fault *fault)
{
	sqlite3 *target = NULL;
	enum status status;

	if (sqlite3_open_v2(copy, &target, SQLITE_OPEN_READWRITE, NULL) !=
	    SQLITE_OK)
		status = fault_set(fault, STATUS_IO,
		    "%s: the copy cannot be opened", copy);
	else
		status = backup_pages(store, target, copy, fault);
	if (sqlite3_close(target) != SQLITE_OK && status == STATUS_OK)
		status = fault_set(fault, STATUS_IO,
		    "%s: the copy cannot be closed", copy);
	return status;
}

enum status
custody_backup(const char *path, const char *copy, struct fault *fault)
{
	struct store store;
	enum status status = store_open_reader(path, &store, fault);
	int fd;

	if (status != STATUS_OK)
		return status;
	fd = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, BACKUP_MODE);
	if (fd < 0)
		status = fault_errno(fault,
		    errno == EEXIST ? STATUS_EXISTS : STATUS_DENIED, errno,
		    "%s: cannot make the copy", copy);
	else {
		(void)close(fd);
		status = backup_store(&store, copy, fault);
		if (status != STATUS_OK)
			(void)unlink(copy);
	}
	store_close(&store);
	return status;
}
