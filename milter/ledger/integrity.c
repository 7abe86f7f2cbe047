#include "milter/ledger/integrity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "milter/ledger/checkpoint.h"
#include "milter/ledger/checkpoints.h"
#include "milter/ledger/logkey.h"
#include "milter/ledger/proof.h"
#include "milter/ledger/store.h"

static enum status
number_into(const struct store *store, const char *sql, uint64_t *out,
    struct fault *fault)
{
	int64_t number = 0;
	enum status status = store_number(store, sql, &number, fault);

	*out = number < 0 ? 0 : (uint64_t)number;
	return status;
}

/* The newest checkpoint's note and time; an empty note when there is none. */
static enum status
head_fetch(const struct store *store, struct buf *note, struct integrity *out,
    struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(store,
	    "SELECT note, time, size FROM checkpoint ORDER BY size DESC"
	    " LIMIT 1", &statement, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	out->checkpoint_time = QUERIES_NO_TIME;
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW) {
		buf_puts(note, store_text(statement, 0));
		out->checkpoint_time = sqlite3_column_int64(statement, 1);
		out->signed_leaves =
		    (uint64_t)sqlite3_column_int64(statement, 2);
	}
	status = store_status(store, rc, fault);
	(void)sqlite3_finalize(statement);
	return status;
}

/* Does the note fit key and log? What does not is said in fault. */
static enum status
head_check(const struct store *store, struct sha256 *digest,
    const struct buf *note, struct fault *fault)
{
	struct checkpoint head;
	struct proof proof;
	struct vkey vkey;
	struct hash root;
	enum status status = logkey_vkey(store, digest, &vkey, fault);

	if (status == STATUS_OK)
		status = checkpoint_open(buf_slice(note), &vkey, &head, fault);
	if (status != STATUS_OK)
		return status;
	status = proof_init(&proof, store, digest, fault);
	if (status == STATUS_OK)
		status = proof_root(&proof, head.size, &root, fault);
	proof_clear(&proof);
	if (status == STATUS_OK && !hash_equal(&root, &head.root))
		status = fault_set(fault, STATUS_CRYPTO,
		    "the log does not have the root that the checkpoint of %"
		    PRIu64 " records was signed for", head.size);
	return status;
}

static void
judge(const struct store *store, const struct buf *note,
    struct integrity *out)
{
	struct sha256 *digest = NULL;
	struct fault fault = {.text = "OpenSSL has no SHA-256"};

	out->good = false;
	if (sha256_new(&digest) == STATUS_OK)
		out->good = head_check(store, digest, note, &fault) ==
		    STATUS_OK;
	sha256_free(&digest);
	if (!out->good)
		(void)snprintf(out->sentence, sizeof(out->sentence), "%s",
		    fault.text);
}

static enum status
judge_unsigned(const struct store *store, int64_t now, struct integrity *out,
    struct fault *fault)
{
	bool are_due = false;
	enum status status = checkpoints_are_due(store, now, &are_due, fault);

	out->is_young = out->leaves == 0 || !are_due;
	out->good = out->is_young;
	(void)snprintf(out->sentence, sizeof(out->sentence), "%s",
	    out->is_young ? "there is no checkpoint yet"
			  : CHECKPOINTS_MISSING);
	return status;
}

static enum status
count(const struct store *store, struct integrity *out, struct fault *fault)
{
	uint64_t notes = 0;
	enum status status = number_into(
	    store, "SELECT size FROM state", &out->leaves, fault);

	if (status == STATUS_OK)
		status = number_into(store,
		    "SELECT ifnull(sum(removed), 0) FROM pruning WHERE what ="
		    " 'records'", &out->pruned, fault);
	if (status == STATUS_OK)
		status = number_into(store, "SELECT count(*) FROM pruning",
		    &notes, fault);
	if (status == STATUS_OK)
		status = number_into(store,
		    "SELECT count(*) FROM checkpoint", &out->checkpoints,
		    fault);
	out->records = out->leaves - out->pruned - notes;
	return status;
}

enum status
integrity_read(const struct queries *queries, int64_t now,
    struct integrity *out, struct fault *fault)
{
	const struct store *store = queries_store(queries);
	char storage[NOTE_MAX];
	struct buf note;
	enum status status;

	memset(out, 0, sizeof(*out));
	buf_init_fixed(&note, storage, sizeof(storage));
	status = count(store, out, fault);
	if (status == STATUS_OK)
		status = store_meta(store, "vkey", out->vkey,
		    sizeof(out->vkey), fault);
	if (status == STATUS_OK)
		status = head_fetch(store, &note, out, fault);
	if (status != STATUS_OK)
		return status;
	if (note.len == 0)
		return judge_unsigned(store, now, out, fault);
	judge(store, &note, out);
	return STATUS_OK;
}
