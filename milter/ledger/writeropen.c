#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "milter/ledger/checkpoints.h"
#include "milter/ledger/logkey.h"
#include "milter/ledger/rows.h"
#include "milter/ledger/writer.h"

static int64_t
system_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum status
memory_read(struct writer *writer, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	struct memory_row row;
	enum status status = store_prepare(&writer->store,
	    "SELECT slot, key, met, born, plain, kept FROM memory"
	    " ORDER BY met", &statement, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		if (sqlite3_column_bytes(statement, 1) != MEMORY_KEY)
			continue;
		row.slot = (uint32_t)sqlite3_column_int64(statement, 0);
		memcpy(row.key, sqlite3_column_blob(statement, 1), MEMORY_KEY);
		row.met = sqlite3_column_int64(statement, 2);
		row.born = sqlite3_column_int64(statement, 3);
		row.plain = sqlite3_column_int64(statement, 4);
		row.kept = sqlite3_column_int(statement, 5) != 0;
		memory_load(writer->memory, &row);
	}
	status = store_status(&writer->store, rc, fault);
	(void)sqlite3_finalize(statement);
	return status;
}

static enum status
statements_prepare(struct writer *writer, struct fault *fault)
{
	const struct store *store = &writer->store;
	enum status status;

	status = tree_init(&writer->tree, store, writer->digest, fault);
	if (status == STATUS_OK)
		status = summary_init(&writer->summary, store, fault);
	if (status == STATUS_OK)
		status = rows_prepare_insert(
		    store, &writer->add_record, fault);
	if (status == STATUS_OK)
		status = store_prepare(store,
		    "INSERT OR REPLACE INTO memory VALUES (?, ?, ?, ?, ?, ?)",
		    &writer->add_memory, fault);
	if (status == STATUS_OK)
		status = store_prepare(
		    store, "BEGIN IMMEDIATE", &writer->begin, fault);
	if (status == STATUS_OK)
		status =
		    store_prepare(store, "COMMIT", &writer->commit, fault);
	return status;
}

/* The state of the log must fit the leaves, else proofs would be false. */
static enum status
log_compare(struct writer *writer, struct fault *fault)
{
	int64_t leaves = 0;
	enum status status = tree_begin(&writer->tree, fault);

	if (status == STATUS_OK)
		status = store_number(&writer->store,
		    "SELECT ifnull(max(seq) + 1, 0) FROM leaf", &leaves,
		    fault);
	if (status == STATUS_OK &&
	    writer->tree.merkle.size != (uint64_t)leaves)
		status = fault_set(fault, STATUS_SYNTAX,
		    "%s: the Merkle log states %llu leaves and has %lld; see "
		    "`hopseal ledger verify`, then restore a backup or move "
		    "the ledger away", writer->store.path,
		    (unsigned long long)writer->tree.merkle.size,
		    (long long)leaves);
	return status;
}

/* Both of one moment: another process may be writing. */
static enum status
log_check(struct writer *writer, struct fault *fault)
{
	enum status status = store_run(&writer->store, "BEGIN", fault);

	if (status != STATUS_OK)
		return status;
	status = log_compare(writer, fault);
	(void)sqlite3_exec(writer->store.db, "ROLLBACK", NULL, NULL, NULL);
	return status;
}

static enum status
writer_load(struct writer *writer, const char *host, struct fault *fault)
{
	enum status status;

	status = logkey_open(&writer->store, writer->digest, host,
	    &writer->key, &writer->vkey, fault);
	if (status == STATUS_OK)
		status = statements_prepare(writer, fault);
	if (status == STATUS_OK)
		status = log_check(writer, fault);
	if (status == STATUS_OK)
		status = memory_read(writer, fault);
	if (status == STATUS_OK)
		status = checkpoints_last(
		    &writer->store, &writer->checkpoint_size, fault);
	if (status == STATUS_OK)
		writer->records = writer->tree.merkle.size;
	return status;
}

enum status
writer_open(struct writer *writer, const struct ledger_options *options,
    struct queue *queue, struct memory *memory, struct fault *fault)
{
	enum status status;

	memset(writer, 0, sizeof(*writer));
	writer->queue = queue;
	writer->memory = memory;
	writer->clock = options->clock != NULL ? options->clock : system_ms;
	writer->report = options->report;
	writer->context = options->context;
	writer->checkpoint_ms = 1000 *
	    (options->checkpoint_seconds != 0 ? options->checkpoint_seconds
					      : LEDGER_CHECKPOINT_SECONDS);
	writer->keep_days = options->keep_days;
	writer->keep_summary_days = options->keep_summary_days;
	writer->max_domains = options->max_domains_per_day;
	writer->ship_backlog_days = options->ship_backlog_days;
	writer->shipped = options->shipped;
	writer->shipped_context = options->shipped_context;
	entry_clean(writer->host, sizeof(writer->host), options->host);
	buf_init(&writer->line, ENTRY_LINE_MAX);
	writer->changed = calloc(WRITER_CHANGED_MAX, sizeof(*writer->changed));
	if (writer->changed == NULL ||
	    sha256_new(&writer->digest) != STATUS_OK)
		status = fault_set(fault, STATUS_NOMEM, "out of memory");
	else
		status = store_open(options->path,
		    options->durability == LEDGER_FSYNC, &writer->store,
		    fault);
	if (status == STATUS_OK)
		status = writer_load(writer, options->host, fault);
	if (status != STATUS_OK)
		writer_close(writer);
	return status;
}

void
writer_close(struct writer *writer)
{
	tree_clear(&writer->tree);
	summary_clear(&writer->summary);
	(void)sqlite3_finalize(writer->add_record);
	(void)sqlite3_finalize(writer->add_memory);
	(void)sqlite3_finalize(writer->begin);
	(void)sqlite3_finalize(writer->commit);
	writer->add_record = NULL;
	writer->add_memory = NULL;
	writer->begin = NULL;
	writer->commit = NULL;
	if (writer->store.db != NULL)
		store_close(&writer->store);
	notary_key_free(&writer->key);
	sha256_free(&writer->digest);
	buf_clear(&writer->line);
	free(writer->changed);
	writer->changed = NULL;
}
