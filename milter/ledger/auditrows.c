#include "milter/ledger/auditrows.h"

#include <inttypes.h>
#include <stdlib.h>

#include "milter/ledger/entry.h"
#include "milter/ledger/retention.h"
#include "milter/ledger/rows.h"

static bool
is_pruned(struct audit *audit, uint64_t seq)
{
	while (audit->pruned_at < audit->pruned_count &&
	    audit->pruned[audit->pruned_at].last < seq)
		audit->pruned_at++;
	return audit->pruned_at < audit->pruned_count &&
	    audit->pruned[audit->pruned_at].first <= seq;
}

enum status
auditrows_load_pruned(struct audit *audit)
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
	audit_found(audit, "record %lld (%s, queue id %.64s, %s) %s",
	    (long long)sqlite3_column_int64(statement, 0), buf_text(&time),
	    store_text(statement, 18), store_text(statement, 4), what);
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
	return audit_next(audit, &audit->records);
}

static enum status
removal_check(struct audit *audit, const struct hash *leaf)
{
	char storage[1024];
	struct buf line;

	buf_init_fixed(&line, storage, sizeof(storage));
	retention_row(audit->removals.statement, &line);
	if (!line_fits(audit, &line, leaf))
		audit_found(audit, "the note of a removal at %" PRIu64
		    " was changed", audit->removals.seq);
	return audit_next(audit, &audit->removals);
}

enum status
auditrows_check_inserted(struct audit *audit, uint64_t next)
{
	enum status status = STATUS_OK;

	while (status == STATUS_OK && audit->records.has_row &&
	    (audit->records.seq < next ||
		audit->records.seq == UINT64_MAX)) {
		found_record(audit, "was inserted: the log has no such leaf");
		status = audit_next(audit, &audit->records);
	}
	while (status == STATUS_OK && audit->removals.has_row &&
	    (audit->removals.seq < next ||
		audit->removals.seq == UINT64_MAX)) {
		audit_found(audit, "the note of a removal at %lld was inserted",
		    (long long)sqlite3_column_int64(
			audit->removals.statement, 0));
		status = audit_next(audit, &audit->removals);
	}
	return status;
}

/* What stands behind the leaf: a record, a removal, or nothing any more. */
enum status
auditrows_check(struct audit *audit, uint64_t seq, const struct hash *leaf)
{
	if (audit->records.has_row && audit->records.seq == seq)
		return record_check(audit, leaf);
	if (audit->removals.has_row && audit->removals.seq == seq)
		return removal_check(audit, leaf);
	if (is_pruned(audit, seq))
		audit->result->pruned++;
	else
		audit_found(audit, "record %" PRIu64 " was removed", seq);
	return STATUS_OK;
}
