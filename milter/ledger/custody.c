#include "milter/ledger/custody.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "milter/ledger/bundle.h"
#include "milter/ledger/checkpoints.h"
#include "milter/ledger/entry.h"
#include "milter/ledger/logkey.h"
#include "milter/ledger/proof.h"
#include "milter/ledger/rows.h"
#include "milter/ledger/tree.h"

enum { SEVERAL_MAX = 2 };

enum status
custody_vkey(const char *path, struct buf *out, struct fault *fault)
{
	char text[NOTE_VKEY_MAX];
	struct store store;
	enum status status = store_open_reader(path, &store, fault);

	if (status != STATUS_OK)
		return status;
	status = store_meta(&store, "vkey", text, sizeof(text), fault);
	if (status == STATUS_OK)
		buf_puts(out, text);
	store_close(&store);
	return status;
}

/* Sign the log as it is, in one short transaction. */
static enum status
checkpoint_now(const struct store *store, struct sha256 *digest, int64_t now,
    struct fault *fault)
{
	struct notary_key *key = NULL;
	struct tree tree;
	struct vkey vkey;
	enum status status = logkey_read(store, digest, &key, &vkey, fault);

	if (status != STATUS_OK)
		return status;
	status = tree_init(&tree, store, digest, fault);
	if (status == STATUS_OK)
		status = store_run(store, "BEGIN IMMEDIATE", fault);
	if (status == STATUS_OK)
		status = tree_begin(&tree, fault);
	if (status == STATUS_OK)
		status = checkpoints_add(store, &tree.merkle, digest, &vkey,
		    key, now, fault);
	if (status == STATUS_OK)
		status = store_run(store, "COMMIT", fault);
	tree_clear(&tree);
	notary_key_free(&key);
	return status;
}

/* Only a ledger that is there: store_open would begin one. */
static enum status
checkpoint_make(const char *path, int64_t now, struct fault *fault)
{
	struct sha256 *digest = NULL;
	struct store store;
	enum status status;

	if (access(path, F_OK) != 0)
		return fault_errno(fault, STATUS_NOTFOUND, errno,
		    "%s: there is no ledger", path);
	status = sha256_new(&digest);
	if (status != STATUS_OK)
		return fault_set(fault, status, "OpenSSL has no SHA-256");
	status = store_open(path, true, &store, fault);
	if (status == STATUS_OK) {
		(void)sqlite3_busy_timeout(store.db, 5000);
		status = checkpoint_now(&store, digest, now, fault);
		store_close(&store);
	}
	sha256_free(&digest);
	return status;
}

enum status
custody_checkpoint(const char *path, int64_t now, struct buf *out,
    struct fault *fault)
{
	struct store store;
	uint64_t size = 0;
	enum status status = checkpoint_make(path, now, fault);

	if (status == STATUS_OK)
		status = store_open_reader(path, &store, fault);
	if (status != STATUS_OK)
		return status;
	status = checkpoints_last(&store, &size, fault);
	if (status == STATUS_OK)
		status = checkpoints_find(&store, size, out, fault);
	store_close(&store);
	return status;
}

static void
wanted_bind(sqlite3_stmt *statement, const struct custody_wanted *wanted)
{
	store_bind(statement, 1, wanted->queue_id);
	if (wanted->domain != NULL)
		store_bind(statement, 2, wanted->domain);
	if (wanted->seq >= 0)
		(void)sqlite3_bind_int64(statement, 3, wanted->seq);
	(void)sqlite3_bind_int64(statement, 4, INT64_MAX);
}

/* The newest record that fits, and how many do. */
struct search {
	const struct custody_wanted *wanted;
	uint64_t seq;
	struct buf line;
	size_t found;
};

static bool
search_tell(const struct search *search, const struct buf *line)
{
	return search->wanted->several(search->wanted->context,
	    buf_slice(line));
}

/* One more that fits. Returns false when no more are wanted. */
static bool
search_take(struct search *search, sqlite3_stmt *statement)
{
	char storage[ENTRY_LINE_MAX];
	struct buf line;

	buf_init_fixed(&line, storage, sizeof(storage));
	rows_line(statement, &line);
	if (search->found++ == 0) {
		search->seq = (uint64_t)sqlite3_column_int64(statement, 0);
		buf_put_slice(&search->line, buf_slice(&line));
		return true;
	}
	if (search->found == SEVERAL_MAX &&
	    !search_tell(search, &search->line))
		return false;
	return search_tell(search, &line);
}

static enum status
search_end(const struct search *search, const struct store *store,
    struct fault *fault)
{
	if (search->found == 0)
		return fault_set(fault, STATUS_NOTFOUND,
		    "%s: no such record (it may have passed its keep-days)",
		    store->path);
	if (search->found > 1)
		return fault_set(fault, STATUS_EXISTS,
		    "several records fit; choose one by its seq");
	return STATUS_OK;
}

/*
 * There is no index on queue ids, which would cost each record more than it
 * is worth: this reads all records, newest first.
 */
static enum status
wanted_find(const struct store *store, struct search *search,
    struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(store,
	    "SELECT " ROWS_COLUMNS " FROM record WHERE (?1 IS NULL OR"
	    " queue = ?1) AND (?2 IS NULL OR sender = ?2 OR recipient = ?2)"
	    " AND seq BETWEEN ifnull(?3, 0) AND ifnull(?3, ?4)"
	    " ORDER BY seq DESC", &statement, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	wanted_bind(statement, search->wanted);
	do
		rc = sqlite3_step(statement);
	while (rc == SQLITE_ROW && search_take(search, statement));
	if (rc != SQLITE_ROW)
		status = store_status(store, rc, fault);
	(void)sqlite3_finalize(statement);
	return status != STATUS_OK ? status
				   : search_end(search, store, fault);
}

static enum status
bundle_make(const struct store *store, struct sha256 *digest, uint64_t seq,
    struct slice line, struct buf *out, struct fault *fault)
{
	char storage[NOTE_MAX];
	struct checkpoint checkpoint;
	struct proof proof;
	struct vkey vkey;
	struct path path;
	struct buf note;
	enum status status;

	buf_init_fixed(&note, storage, sizeof(storage));
	memset(&proof, 0, sizeof(proof));
	status = checkpoints_find(store, seq + 1, &note, fault);
	if (status == STATUS_OK)
		status = logkey_vkey(store, digest, &vkey, fault);
	if (status == STATUS_OK)
		status = checkpoint_open(
		    buf_slice(&note), &vkey, &checkpoint, fault);
	if (status == STATUS_OK)
		status = proof_init(&proof, store, digest, fault);
	if (status == STATUS_OK)
		status = proof_path(
		    &proof, seq, checkpoint.size, &path, fault);
	proof_clear(&proof);
	if (status != STATUS_OK)
		return status;
	bundle_put(out, line, seq, path.hash, path.count);
	buf_put_slice(out, buf_slice(&note));
	return buf_status(out);
}

/* A changed record gives a bundle that nobody will accept: say so here. */
static enum status
bundle_recheck(const struct store *store, const struct buf *bundle,
    struct fault *fault)
{
	char vkey[NOTE_VKEY_MAX];
	struct checkpoint checkpoint;
	struct slice line;
	enum status status;

	status = store_meta(store, "vkey", vkey, sizeof(vkey), fault);
	if (status != STATUS_OK)
		return status;
	if (bundle_check(buf_slice(bundle), slice_of(vkey), &line,
		&checkpoint, fault) != STATUS_OK)
		return fault_set(fault, STATUS_CRYPTO,
		    "%s: the record does not fit the log any more; see "
		    "`hopseal ledger verify`", store->path);
	return STATUS_OK;
}

/* Fails: NOTFOUND (no checkpoint covers the record yet), ... */
static enum status
prove_once(const char *path, uint64_t seq, struct slice line,
    struct buf *out, struct fault *fault)
{
	struct sha256 *digest = NULL;
	struct store store;
	enum status status = store_open_reader(path, &store, fault);

	if (status != STATUS_OK)
		return status;
	status = sha256_new(&digest);
	if (status == STATUS_OK)
		status = store_run(&store, "BEGIN", fault);
	if (status == STATUS_OK)
		status = bundle_make(&store, digest, seq, line, out, fault);
	if (status == STATUS_OK)
		status = bundle_recheck(&store, out, fault);
	sha256_free(&digest);
	store_close(&store);
	return status;
}

enum status
custody_prove(const char *path, const struct custody_wanted *wanted,
    int64_t now, struct buf *out, struct fault *fault)
{
	char storage[ENTRY_LINE_MAX];
	struct search search = {.wanted = wanted};
	struct store store;
	enum status status = store_open_reader(path, &store, fault);

	if (status != STATUS_OK)
		return status;
	buf_init_fixed(&search.line, storage, sizeof(storage));
	status = wanted_find(&store, &search, fault);
	store_close(&store);
	if (status != STATUS_OK)
		return status;
	status = prove_once(path, search.seq, buf_slice(&search.line), out,
	    fault);
	if (status != STATUS_NOTFOUND)
		return status;
	status = checkpoint_make(path, now, fault);
	if (status == STATUS_OK)
		status = prove_once(path, search.seq, buf_slice(&search.line),
		    out, fault);
	return status;
}
