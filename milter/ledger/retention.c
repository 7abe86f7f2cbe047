#include "milter/ledger/retention.h"

#include <inttypes.h>

#include "milter/ledger/entry.h"

enum { LINE_MAX_OCTETS = 512 };

static const char what_records[] = "records";
static const char what_summaries[] = "summaries";

void
retention_line(struct buf *out, const struct removal *removal)
{
	buf_printf(out, "{\"v\":1,\"seq\":%" PRIu64 ",\"time\":\"",
	    removal->seq);
	entry_put_time(out, removal->time);
	buf_puts(out, "\",\"event\":\"pruned\",\"what\":");
	entry_put_json(out, removal->what);
	buf_printf(out, ",\"first\":%" PRId64 ",\"last\":%" PRId64
	    ",\"removed\":%" PRId64 ",\"newest\":\"", removal->first,
	    removal->last, removal->removed);
	entry_put_time(out, removal->newest);
	buf_puts(out, "\"}");
}

void
retention_row(sqlite3_stmt *statement, struct buf *out)
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

/* Is a record old enough to go? What waits to be shipped may grow older. */
static bool
is_too_old(const struct retention *retention, int64_t now, int64_t seq,
    int64_t time)
{
	unsigned days = retention->keep_days;

	if ((uint64_t)seq >= retention->unshipped &&
	    retention->backlog_days > days)
		days = retention->backlog_days;
	return time < now - (int64_t)days * ENTRY_DAY_MS;
}

/*
 * The oldest records, as far as each is too old and at most RETENTION_STEP
 * of them. Fails: NOTFOUND (there are none).
 */
static enum status
records_find(const struct store *store, const struct retention *retention,
    int64_t now, struct removal *out, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(store,
	    "SELECT seq, time FROM record ORDER BY seq LIMIT ?", &statement,
	    fault);
	int64_t seq, time;
	int rc;

	if (status != STATUS_OK)
		return status;
	out->what = what_records;
	(void)sqlite3_bind_int(statement, 1, RETENTION_STEP);
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		seq = sqlite3_column_int64(statement, 0);
		time = sqlite3_column_int64(statement, 1);
		if (!is_too_old(retention, now, seq, time))
			break;
		out->last = seq;
		if (out->removed++ == 0)
			out->first = out->last;
		if (time > out->newest)
			out->newest = time;
	}
	status = store_status(store, rc, fault);
	(void)sqlite3_finalize(statement);
	if (status == STATUS_OK && out->removed == 0)
		return STATUS_NOTFOUND;
	return status;
}

/* The oldest day with summaries, if it is before horizon. */
static enum status
summaries_find(const struct store *store, int64_t horizon,
    struct removal *out, struct fault *fault)
{
	enum status status = store_number(store,
	    "SELECT day FROM day ORDER BY day LIMIT 1", &out->first, fault);

	out->what = what_summaries;
	out->last = out->first;
	out->newest = (out->first + 1) * ENTRY_DAY_MS - 1;
	if (status == STATUS_OK && out->first >= horizon)
		return STATUS_NOTFOUND;
	return status;
}

static enum status
note_removal(struct tree *tree, const struct removal *removal,
    struct fault *fault)
{
	char storage[LINE_MAX_OCTETS];
	sqlite3_stmt *statement = NULL;
	struct buf line;
	enum status status = store_prepare(tree->store,
	    "INSERT INTO pruning VALUES (?, ?, ?, ?, ?, ?, ?)", &statement,
	    fault);

	if (status != STATUS_OK)
		return status;
	buf_init_fixed(&line, storage, sizeof(storage));
	retention_line(&line, removal);
	(void)sqlite3_bind_int64(
	    statement, 1, (sqlite3_int64)removal->seq);
	(void)sqlite3_bind_int64(statement, 2, removal->time);
	store_bind(statement, 3, removal->what);
	(void)sqlite3_bind_int64(statement, 4, removal->first);
	(void)sqlite3_bind_int64(statement, 5, removal->last);
	(void)sqlite3_bind_int64(statement, 6, removal->removed);
	(void)sqlite3_bind_int64(statement, 7, removal->newest);
	status = store_step(tree->store, statement, fault);
	(void)sqlite3_finalize(statement);
	if (status == STATUS_OK)
		status = tree_append(tree, buf_slice(&line), fault);
	return status;
}

static enum status
range_delete(const struct store *store, const char *sql,
    const struct removal *removal, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(store, sql, &statement, fault);

	if (status != STATUS_OK)
		return status;
	(void)sqlite3_bind_int64(statement, 1, removal->first);
	(void)sqlite3_bind_int64(statement, 2, removal->last);
	status = store_step(store, statement, fault);
	(void)sqlite3_finalize(statement);
	return status;
}

static enum status
summaries_delete(const struct store *store, struct removal *removal,
    struct fault *fault)
{
	enum status status = range_delete(store,
	    "DELETE FROM summary WHERE day BETWEEN ? AND ?", removal, fault);

	removal->removed = sqlite3_changes(store->db);
	if (status == STATUS_OK)
		status = range_delete(store,
		    "DELETE FROM day WHERE day BETWEEN ? AND ?", removal,
		    fault);
	return status;
}

/* The transaction: find what is too old, remove it, say so. */
static enum status
remove_some(const struct retention *retention, struct tree *tree,
    int64_t now, struct fault *fault)
{
	int64_t days = now / ENTRY_DAY_MS - retention->keep_summary_days;
	const struct store *store = tree->store;
	struct removal removal = {.time = now};
	enum status status = tree_begin(tree, fault);

	removal.seq = tree->merkle.size;
	if (status == STATUS_OK)
		status = records_find(store, retention, now, &removal, fault);
	if (status == STATUS_OK)
		status = range_delete(store,
		    "DELETE FROM record WHERE seq BETWEEN ? AND ?", &removal,
		    fault);
	else if (status == STATUS_NOTFOUND) {
		status = summaries_find(store, days, &removal, fault);
		if (status == STATUS_OK)
			status = summaries_delete(store, &removal, fault);
	}
	if (status == STATUS_OK)
		status = note_removal(tree, &removal, fault);
	if (status == STATUS_OK)
		status = tree_end(tree, fault);
	return status;
}

enum status
retention_step(const struct retention *retention, struct tree *tree,
    int64_t now, bool *more, struct fault *fault)
{
	enum status status;

	*more = false;
	status = store_run(tree->store, "BEGIN IMMEDIATE", fault);
	if (status != STATUS_OK)
		return status;
	status = remove_some(retention, tree, now, fault);
	if (status == STATUS_OK)
		status = store_run(tree->store, "COMMIT", fault);
	if (status == STATUS_OK) {
		*more = true;
		return STATUS_OK;
	}
	(void)sqlite3_exec(tree->store->db, "ROLLBACK", NULL, NULL, NULL);
	tree_forget(tree);
	return status == STATUS_NOTFOUND ? STATUS_OK : status;
}
