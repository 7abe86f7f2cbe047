#include "milter/ledger/checkpoints.h"

#include <string.h>

#include "milter/ledger/ledger.h"

enum { YOUNG_MS = 2 * LEDGER_CHECKPOINT_SECONDS * 1000 };

enum status
checkpoints_last(const struct store *store, uint64_t *size,
    struct fault *fault)
{
	int64_t number = 0;
	enum status status = store_number(store,
	    "SELECT ifnull(max(size), 0) FROM checkpoint", &number, fault);

	*size = number < 0 ? 0 : (uint64_t)number;
	return status;
}

static enum status
checkpoint_keep(const struct store *store, uint64_t size, int64_t now,
    const char *note, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(store,
	    "INSERT OR IGNORE INTO checkpoint VALUES (?, ?, ?)", &statement,
	    fault);

	if (status != STATUS_OK)
		return status;
	(void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)size);
	(void)sqlite3_bind_int64(statement, 2, now);
	store_bind(statement, 3, note);
	status = store_step(store, statement, fault);
	(void)sqlite3_finalize(statement);
	return status;
}

enum status
checkpoints_add(const struct store *store, const struct merkle *merkle,
    struct sha256 *digest, const struct vkey *vkey,
    const struct notary_key *key, int64_t now, struct fault *fault)
{
	struct checkpoint checkpoint;
	char storage[NOTE_MAX];
	struct buf note;
	enum status status;

	memset(&checkpoint, 0, sizeof(checkpoint));
	memcpy(checkpoint.origin, vkey->name, sizeof(checkpoint.origin));
	checkpoint.size = merkle->size;
	buf_init_fixed(&note, storage, sizeof(storage));
	status = merkle_root(merkle, digest, &checkpoint.root);
	if (status == STATUS_OK)
		status = checkpoint_sign(&checkpoint, vkey, key, &note);
	if (status != STATUS_OK)
		return fault_set(fault, status,
		    "%s: cannot sign a checkpoint", store->path);
	return checkpoint_keep(
	    store, merkle->size, now, buf_text(&note), fault);
}

enum status
checkpoints_find(const struct store *store, uint64_t size, struct buf *out,
    struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(store,
	    "SELECT note FROM checkpoint WHERE size >= ? ORDER BY size"
	    " LIMIT 1", &statement, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	(void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)size);
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		buf_puts(out, store_text(statement, 0));
	else if (rc == SQLITE_DONE)
		status = fault_set(fault, STATUS_NOTFOUND,
		    "%s: no checkpoint covers the record yet", store->path);
	else
		status = store_status(store, rc, fault);
	(void)sqlite3_finalize(statement);
	return status == STATUS_OK ? buf_status(out) : status;
}

enum status
checkpoints_are_due(const struct store *store, int64_t now, bool *out,
    struct fault *fault)
{
	int64_t first = 0;
	enum status status = store_number(store, "SELECT ifnull((SELECT time"
	    " FROM record WHERE seq = 0), 0)", &first, fault);

	*out = now - first > YOUNG_MS;
	return status;
}
