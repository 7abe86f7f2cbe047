#include "milter/ledger/audit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ledger/checkpoint.h"
#include "milter/ledger/entry.h"
#include "milter/ledger/logkey.h"
#include "milter/ledger/proof.h"
#include "milter/ledger/retention.h"
#include "milter/ledger/rows.h"
#include "milter/ledger/summaryaudit.h"
#include "milter/ledger/tree.h"

enum { SENTENCE_MAX = 768 };

/* A statement that is read row by row; seq is that of its row. */
struct cursor {
	sqlite3_stmt *statement;
	uint64_t seq;
	bool has_row;
};

struct range {
	uint64_t first;
	uint64_t last;
};

struct audit {
	const struct audit_options *options;
	struct store store;
	struct sha256 *digest;
	struct vkey vkey;
	struct merkle merkle;
	struct proof proof; /* stored roots of subtrees */
	struct cursor leaves;
	struct cursor records;
	struct cursor removals;
	struct cursor heads;	 /* checkpoints */
	struct range *pruned;	 /* in the order of the log */
	size_t pruned_count;
	size_t pruned_at; /* ranges before it lie behind */
	struct checkpoint outside;
	bool has_outside;
	uint64_t good_head; /* size of the last checkpoint that fitted */
	struct audit_result *result;
	struct fault *fault;
};

static void PRINTF_LIKE(2, 3)
found(struct audit *audit, const char *format, ...)
{
	char sentence[SENTENCE_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	audit->result->findings++;
	audit->options->finding(audit->options->context, sentence);
}

static enum status
cursor_next(struct audit *audit, struct cursor *cursor)
{
	int rc = sqlite3_step(cursor->statement);
	int64_t seq;

	cursor->has_row = rc == SQLITE_ROW;
	if (!cursor->has_row)
		return store_status(&audit->store, rc, audit->fault);
	seq = sqlite3_column_int64(cursor->statement, 0);
	/* A negative place is before everything: it fits nowhere. */
	cursor->seq = seq < 0 ? UINT64_MAX : (uint64_t)seq;
	return STATUS_OK;
}

static enum status
cursor_init(struct audit *audit, struct cursor *cursor, const char *sql)
{
	enum status status = store_prepare(
	    &audit->store, sql, &cursor->statement, audit->fault);

	if (status == STATUS_OK)
		status = cursor_next(audit, cursor);
	return status;
}

static bool
is_pruned(struct audit *audit, uint64_t seq)
{
	while (audit->pruned_at < audit->pruned_count &&
	    audit->pruned[audit->pruned_at].last < seq)
		audit->pruned_at++;
	return audit->pruned_at < audit->pruned_count &&
	    audit->pruned[audit->pruned_at].first <= seq;
}

/* Ranges of removed records, as the removals claim them. */
static enum status
pruned_load(struct audit *audit)
{
	sqlite3_stmt *statement = NULL;
	int64_t count = 0;
	enum status status;
	struct range *range;
	int rc = SQLITE_DONE;

	status = store_number(&audit->store, "SELECT count(*) FROM pruning",
	    &count, audit->fault);
	if (status == STATUS_OK)
		status = store_prepare(&audit->store,
		    "SELECT first, last FROM pruning WHERE what = 'records'"
		    " ORDER BY first", &statement, audit->fault);
	if (status != STATUS_OK)
		return status;
	audit->pruned = calloc((size_t)count + 1, sizeof(*audit->pruned));
	if (audit->pruned == NULL)
		status = fault_set(
		    audit->fault, STATUS_NOMEM, "out of memory");
	while (status == STATUS_OK &&
	    audit->pruned_count < (size_t)count &&
	    (rc = sqlite3_step(statement)) == SQLITE_ROW) {
		range = &audit->pruned[audit->pruned_count++];
		range->first = (uint64_t)sqlite3_column_int64(statement, 0);
		range->last = (uint64_t)sqlite3_column_int64(statement, 1);
	}
	if (status == STATUS_OK && rc != SQLITE_ROW)
		status = store_status(&audit->store, rc, audit->fault);
	(void)sqlite3_finalize(statement);
	return status;
}

/* Of a record that is in the table: when and of which message. */
static void
found_record(struct audit *audit, const char *what)
{
	sqlite3_stmt *statement = audit->records.statement;
	char storage[32];
	struct buf time;

	buf_init_fixed(&time, storage, sizeof(storage));
	entry_put_time(&time, sqlite3_column_int64(statement, 2));
	found(audit, "record %lld (%s, queue id %.64s, %s) %s",
	    (long long)sqlite3_column_int64(statement, 0), buf_text(&time),
	    store_text(statement, 18), store_text(statement, 4), what);
}

static void
removal_line(sqlite3_stmt *statement, struct buf *out)
{
	struct removal removal = {
	    .seq = (uint64_t)sqlite3_column_int64(statement, 0),
	    .time = sqlite3_column_int64(statement, 1),
	    .what = store_text(statement, 2),
	    .first = sqlite3_column_int64(statement, 3),
	    .last = sqlite3_column_int64(statement, 4),
	    .removed = sqlite3_column_int64(statement, 5),
	    .newest = sqlite3_column_int64(statement, 6),
	};

	retention_line(out, &removal);
}

static bool
line_fits(struct audit *audit, const struct buf *line,
    const struct hash *leaf)
{
	struct hash hash;

	return buf_status(line) == STATUS_OK &&
	    merkle_leaf(audit->digest, buf_slice(line), &hash) == STATUS_OK &&
	    hash_equal(&hash, leaf);
}

/* The record at this leaf must have its hash. */
static enum status
record_check(struct audit *audit, const struct hash *leaf)
{
	char storage[ENTRY_LINE_MAX];
	struct buf line;

	buf_init_fixed(&line, storage, sizeof(storage));
	rows_line(audit->records.statement, &line);
	audit->result->records++;
	if (!line_fits(audit, &line, leaf))
		found_record(audit, "was changed");
	else if (is_pruned(audit, audit->records.seq))
		found_record(audit, "stands though it was removed");
	return cursor_next(audit, &audit->records);
}

static enum status
removal_check(struct audit *audit, const struct hash *leaf)
{
	char storage[1024];
	struct buf line;

	buf_init_fixed(&line, storage, sizeof(storage));
	removal_line(audit->removals.statement, &line);
	if (!line_fits(audit, &line, leaf))
		found(audit, "the note of a removal at %" PRIu64
		    " was changed", audit->removals.seq);
	return cursor_next(audit, &audit->removals);
}

/* Rows that stand before the next leaf have none: they were put in. */
static enum status
inserted_check(struct audit *audit, uint64_t next)
{
	enum status status = STATUS_OK;

	while (status == STATUS_OK && audit->records.has_row &&
	    (audit->records.seq < next ||
		audit->records.seq == UINT64_MAX)) {
		found_record(audit, "was inserted: the log has no such leaf");
		status = cursor_next(audit, &audit->records);
	}
	while (status == STATUS_OK && audit->removals.has_row &&
	    (audit->removals.seq < next ||
		audit->removals.seq == UINT64_MAX)) {
		found(audit, "the note of a removal at %lld was inserted",
		    (long long)sqlite3_column_int64(
			audit->removals.statement, 0));
		status = cursor_next(audit, &audit->removals);
	}
	return status;
}

/* What stands behind the leaf: a record, a removal, or nothing any more. */
static enum status
leaf_check(struct audit *audit, uint64_t seq, const struct hash *leaf)
{
	if (audit->records.has_row && audit->records.seq == seq)
		return record_check(audit, leaf);
	if (audit->removals.has_row && audit->removals.seq == seq)
		return removal_check(audit, leaf);
	if (is_pruned(audit, seq))
		audit->result->pruned++;
	else
		found(audit, "record %" PRIu64 " was removed", seq);
	return STATUS_OK;
}

static void
head_compare(struct audit *audit, const struct checkpoint *head,
    const char *which)
{
	struct hash root;

	if (merkle_root(&audit->merkle, audit->digest, &root) != STATUS_OK ||
	    !hash_equal(&root, &head->root))
		found(audit, "%s of %" PRIu64 " records does not fit the log: "
		    "a record from %" PRIu64 " to %" PRIu64
		    " was changed together with its hash", which, head->size,
		    audit->good_head, head->size - 1);
	else {
		audit->good_head = head->size;
		if (head->size > audit->result->signed_leaves)
			audit->result->signed_leaves = head->size;
	}
}

/* Checkpoints of the size that the tree has now. */
static enum status
heads_check(struct audit *audit)
{
	struct checkpoint head;
	struct fault fault;
	enum status status = STATUS_OK;

	if (audit->has_outside && audit->outside.size == audit->merkle.size)
		head_compare(audit, &audit->outside, "the given checkpoint");
	while (status == STATUS_OK && audit->heads.has_row &&
	    audit->heads.seq <= audit->merkle.size) {
		audit->result->checkpoints++;
		if (checkpoint_open(
			slice_of(store_text(audit->heads.statement, 1)),
			&audit->vkey, &head, &fault) != STATUS_OK)
			found(audit, "checkpoint of %" PRIu64 " records: %s",
			    audit->heads.seq, fault.text);
		else if (head.size != audit->heads.seq)
			found(audit, "checkpoint of %" PRIu64
			    " records is filed under %" PRIu64, head.size,
			    audit->heads.seq);
		else
			head_compare(audit, &head, "the checkpoint");
		status = cursor_next(audit, &audit->heads);
	}
	return status;
}

/* A stored root of a subtree must be the one that its leaves have. */
static enum status
node_check(void *context, unsigned height, uint64_t index,
    const struct hash *hash)
{
	struct audit *audit = context;
	struct hash stored;
	int rc;

	if (height % TREE_STRIDE != 0)
		return STATUS_OK;
	(void)sqlite3_bind_int(audit->proof.node, 1, (int)height);
	(void)sqlite3_bind_int64(audit->proof.node, 2, (sqlite3_int64)index);
	rc = sqlite3_step(audit->proof.node);
	if (rc == SQLITE_ROW &&
	    sqlite3_column_bytes(audit->proof.node, 0) == NOTARY_HASH) {
		memcpy(stored.octet, sqlite3_column_blob(audit->proof.node, 0),
		    NOTARY_HASH);
		if (!hash_equal(&stored, hash))
			found(audit, "the stored hash over records %" PRIu64
			    " to %" PRIu64 " does not fit: one of them was "
			    "changed together with its hash", index << height,
			    ((index + 1) << height) - 1);
	}
	(void)sqlite3_reset(audit->proof.node);
	return STATUS_OK;
}

/* One leaf, in order. *gap: leaves are missing, the tree ends here. */
static enum status
leaf_take(struct audit *audit, bool *gap)
{
	sqlite3_stmt *statement = audit->leaves.statement;
	uint64_t seq = audit->leaves.seq;
	struct hash leaf;
	enum status status = inserted_check(audit, seq);

	if (status != STATUS_OK)
		return status;
	if (seq != audit->merkle.size ||
	    sqlite3_column_bytes(statement, 1) != NOTARY_HASH) {
		found(audit, "record %" PRIu64 " was removed with its hash",
		    audit->merkle.size);
		*gap = true;
		return STATUS_OK;
	}
	memcpy(leaf.octet, sqlite3_column_blob(statement, 1), NOTARY_HASH);
	status = leaf_check(audit, seq, &leaf);
	if (status == STATUS_OK)
		status = merkle_append(&audit->merkle, audit->digest, &leaf,
		    node_check, audit);
	if (status == STATUS_OK)
		status = heads_check(audit);
	if (status == STATUS_OK)
		status = cursor_next(audit, &audit->leaves);
	return status;
}

/* What must be there when the last leaf is read. */
static enum status
end_check(struct audit *audit)
{
	int64_t size = 0;
	enum status status = inserted_check(audit, UINT64_MAX);

	if (status == STATUS_OK)
		status = store_number(&audit->store,
		    "SELECT size FROM state", &size, audit->fault);
	if (status != STATUS_OK)
		return status;
	if ((uint64_t)size != audit->merkle.size)
		found(audit, "the log states %lld records and holds %" PRIu64,
		    (long long)size, audit->merkle.size);
	if (audit->heads.has_row)
		found(audit, "a checkpoint speaks of %" PRIu64
		    " records, the log ends at %" PRIu64
		    ": record %" PRIu64 " and what follows was removed",
		    audit->heads.seq, audit->merkle.size, audit->merkle.size);
	if (audit->has_outside && audit->outside.size > audit->merkle.size)
		found(audit, "the given checkpoint speaks of %" PRIu64
		    " records, the log ends at %" PRIu64
		    ": record %" PRIu64 " and what follows was removed",
		    audit->outside.size, audit->merkle.size,
		    audit->merkle.size);
	return STATUS_OK;
}

static void
tell_progress(struct audit *audit, int64_t total)
{
	if (audit->options->progress != NULL)
		audit->options->progress(audit->options->context,
		    audit->merkle.size, (uint64_t)total);
}

static enum status
log_walk(struct audit *audit)
{
	int64_t total = 0;
	bool gap = false;
	enum status status = store_number(&audit->store,
	    "SELECT size FROM state", &total, audit->fault);

	if (status == STATUS_OK)
		tell_progress(audit, total);
	while (status == STATUS_OK && audit->leaves.has_row && !gap) {
		status = leaf_take(audit, &gap);
		tell_progress(audit, total);
	}
	audit->result->leaves = audit->merkle.size;
	if (status == STATUS_OK && !gap)
		status = end_check(audit);
	return status;
}

static enum status
keys_load(struct audit *audit)
{
	const struct audit_options *options = audit->options;
	enum status status;

	if (options->vkey.len > 0)
		status = vkey_parse(audit->digest, options->vkey,
		    &audit->vkey, audit->fault);
	else
		status = logkey_vkey(&audit->store, audit->digest,
		    &audit->vkey, audit->fault);
	if (status != STATUS_OK || options->checkpoint.len == 0)
		return status;
	audit->has_outside = true;
	return checkpoint_open(options->checkpoint, &audit->vkey,
	    &audit->outside, audit->fault);
}

static enum status
cursors_init(struct audit *audit)
{
	enum status status = cursor_init(
	    audit, &audit->leaves, "SELECT seq, hash FROM leaf ORDER BY seq");

	if (status == STATUS_OK)
		status = cursor_init(audit, &audit->records,
		    "SELECT " ROWS_COLUMNS " FROM record ORDER BY seq");
	if (status == STATUS_OK)
		status = cursor_init(audit, &audit->removals,
		    "SELECT * FROM pruning ORDER BY seq");
	if (status == STATUS_OK)
		status = cursor_init(audit, &audit->heads,
		    "SELECT size, note FROM checkpoint ORDER BY size");
	if (status == STATUS_OK)
		status = proof_init(&audit->proof, &audit->store,
		    audit->digest, audit->fault);
	return status;
}

static void
summary_found(void *context, const char *sentence)
{
	found(context, "%s", sentence);
}

static enum status
audit_all(struct audit *audit)
{
	enum status status = store_run(&audit->store, "BEGIN", audit->fault);

	if (status == STATUS_OK)
		status = keys_load(audit);
	if (status == STATUS_OK)
		status = pruned_load(audit);
	if (status == STATUS_OK)
		status = cursors_init(audit);
	if (status == STATUS_OK)
		status = log_walk(audit);
	/* Against records that are forged summaries prove nothing. */
	if (status == STATUS_OK && audit->result->findings == 0)
		status = summaryaudit_run(&audit->store, summary_found, audit,
		    &audit->result->days, audit->fault);
	return status;
}

static void
audit_clear(struct audit *audit)
{
	(void)sqlite3_finalize(audit->leaves.statement);
	(void)sqlite3_finalize(audit->records.statement);
	(void)sqlite3_finalize(audit->removals.statement);
	(void)sqlite3_finalize(audit->heads.statement);
	proof_clear(&audit->proof);
	sha256_free(&audit->digest);
	free(audit->pruned);
	store_close(&audit->store);
}

enum status
audit_run(const struct audit_options *options, struct audit_result *out,
    struct fault *fault)
{
	struct audit *audit = calloc(1, sizeof(*audit));
	enum status status;

	memset(out, 0, sizeof(*out));
	if (audit == NULL || sha256_new(&audit->digest) != STATUS_OK) {
		free(audit);
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	}
	audit->options = options;
	audit->result = out;
	audit->fault = fault;
	status = store_open_reader(options->path, &audit->store, fault);
	if (status == STATUS_OK)
		status = audit_all(audit);
	audit_clear(audit);
	free(audit);
	return status;
}
