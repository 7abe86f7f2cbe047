#include "milter/ledger/writer.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "milter/ledger/checkpoints.h"
#include "milter/ledger/logkey.h"
#include "milter/ledger/rows.h"

enum { CHANGED_MAX = 512 };

static int64_t
monotonic_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t
system_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
writer_tell(struct writer *writer, bool is_fault, const char *sentence)
{
	if (writer->report != NULL)
		writer->report(writer->context, is_fault, sentence);
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
log_check(struct writer *writer, struct fault *fault)
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
	writer->changed = calloc(CHANGED_MAX, sizeof(*writer->changed));
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

static enum status
entry_write(struct writer *writer, struct entry *entry, struct fault *fault)
{
	enum status status;

	entry->seq = writer->tree.merkle.size;
	buf_reset(&writer->line);
	entry_line(entry, writer->host, &writer->line);
	status = buf_status(&writer->line);
	if (status != STATUS_OK)
		return fault_set(fault, status, "a record is too long");
	status = rows_insert(&writer->store, writer->add_record, entry,
	    writer->host, fault);
	if (status == STATUS_OK)
		status = summary_add(&writer->summary, entry,
		    writer->max_domains, fault);
	if (status == STATUS_OK)
		status = tree_append(
		    &writer->tree, buf_slice(&writer->line), fault);
	return status;
}

static enum status
memory_write(struct writer *writer, struct fault *fault)
{
	sqlite3_stmt *statement = writer->add_memory;
	const struct memory_row *row;
	enum status status;
	size_t i;

	writer->changed_count = memory_take_changed(
	    writer->memory, writer->changed, CHANGED_MAX);
	for (i = 0; i < writer->changed_count; i++) {
		row = &writer->changed[i];
		(void)sqlite3_bind_int64(statement, 1, row->slot);
		(void)sqlite3_bind_blob(
		    statement, 2, row->key, MEMORY_KEY, SQLITE_STATIC);
		(void)sqlite3_bind_int64(statement, 3, row->met);
		(void)sqlite3_bind_int64(statement, 4, row->born);
		(void)sqlite3_bind_int64(statement, 5, row->plain);
		(void)sqlite3_bind_int(statement, 6, row->kept);
		status = store_step(&writer->store, statement, fault);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

static enum status
group_fill(struct writer *writer, size_t count, struct fault *fault)
{
	enum status status = tree_begin(&writer->tree, fault);
	size_t i;

	summary_begin(&writer->summary);
	for (i = 0; i < count && status == STATUS_OK; i++)
		status = entry_write(
		    writer, queue_entry(writer->queue, i), fault);
	if (status == STATUS_OK)
		status = summary_end(&writer->summary, fault);
	if (status == STATUS_OK)
		status = memory_write(writer, fault);
	if (status == STATUS_OK)
		status = tree_end(&writer->tree, fault);
	if (status == STATUS_OK)
		status = store_step(&writer->store, writer->commit, fault);
	return status;
}

static void
group_undo(struct writer *writer)
{
	(void)sqlite3_exec(writer->store.db, "ROLLBACK", NULL, NULL, NULL);
	tree_forget(&writer->tree);
	memory_put_back(
	    writer->memory, writer->changed, writer->changed_count);
}

/* One attempt at a transaction with count records, which may be none. */
static enum status
group_write(struct writer *writer, size_t count, struct fault *fault)
{
	enum status status;

	if (!store_is_in_place(&writer->store))
		return fault_set(fault, STATUS_IO,
		    "%s: the ledger was removed or replaced while hopseald "
		    "was using it; put it back or restart hopseald",
		    writer->store.path);
	status = store_step(&writer->store, writer->begin, fault);
	if (status != STATUS_OK)
		return status;
	writer->changed_count = 0;
	status = group_fill(writer, count, fault);
	if (status == STATUS_OK) {
		writer->commits++;
		writer->records = writer->tree.merkle.size;
	} else
		group_undo(writer);
	return status;
}

static void
writer_failed(struct writer *writer, const struct fault *fault)
{
	writer->faults++;
	if (!writer->failing)
		writer_tell(writer, true, fault->text);
	writer->failing = true;
}

static void
writer_worked(struct writer *writer)
{
	if (writer->failing)
		writer_tell(writer, false, "the ledger is written again");
	writer->failing = false;
}

/* Another process may hold the lock for long: the records wait. */
static enum status
group_write_patiently(struct writer *writer, size_t count)
{
	struct fault fault;
	enum status status;

	for (;;) {
		status = group_write(writer, count, &fault);
		if (status == STATUS_OK)
			writer_worked(writer);
		else
			writer_failed(writer, &fault);
		if (status != STATUS_BUSY)
			return status;
		if (!queue_is_stopped(writer->queue))
			continue;
		if (writer->give_up == 0)
			writer->give_up = monotonic_ms() + WRITER_LOCKED_MS;
		if (monotonic_ms() > writer->give_up)
			return status;
	}
}

static void
checkpoint_make(struct writer *writer)
{
	struct fault fault;
	enum status status;

	writer->checkpoint_due = monotonic_ms() + writer->checkpoint_ms;
	status = tree_begin(&writer->tree, &fault);
	if (status == STATUS_OK &&
	    writer->tree.merkle.size == writer->checkpoint_size)
		return;
	if (status == STATUS_OK)
		status = checkpoints_add(&writer->store, &writer->tree.merkle,
		    writer->digest, &writer->vkey, writer->key,
		    writer->clock(), &fault);
	if (status == STATUS_OK) {
		writer->checkpoint_size = writer->tree.merkle.size;
		writer->checkpoints++;
		return;
	}
	writer_failed(writer, &fault);
	if (status == STATUS_BUSY)
		writer->checkpoint_due = 0; /* with the next chores */
}

/* Is the clock one by which records are to be removed? */
static bool
clock_is_steady(struct writer *writer)
{
	enum steady_state state = steady_look(&writer->steady,
	    writer->clock(), monotonic_ms());

	if (state == STEADY_JUMPED)
		writer_tell(writer, true, "the clock of this host has jumped "
		    "by more than an hour; see that it is right: nothing is "
		    "removed from the ledger before it has run for a day");
	return state == STEADY_YES;
}

static void
retention_make(struct writer *writer)
{
	struct retention retention = {
	    .keep_days = writer->keep_days,
	    .keep_summary_days = writer->keep_summary_days,
	    .unshipped = writer->shipped == NULL ? UINT64_MAX :
		writer->shipped(writer->shipped_context),
	    .backlog_days = writer->ship_backlog_days,
	};
	struct fault fault;
	enum status status;
	bool more = false;

	writer->retention_due = monotonic_ms() + WRITER_RETENTION_MS;
	if (!clock_is_steady(writer))
		return;
	status = retention_step(&retention, &writer->tree, writer->clock(),
	    &more, &fault);
	if (status != STATUS_OK && status != STATUS_BUSY)
		writer_failed(writer, &fault);
	writer->retention_due = monotonic_ms() +
	    (more || status != STATUS_OK ? 0 : WRITER_RETENTION_MS);
	if (status == STATUS_OK)
		writer->records = writer->tree.merkle.size;
}

/* What is not asked for by a session; at most once in WRITER_CHORE_MS. */
static void
chores(struct writer *writer)
{
	int64_t now = monotonic_ms();

	if (now < writer->chores_due)
		return;
	writer->chores_due = now + WRITER_CHORE_MS;
	if (!store_is_in_place(&writer->store))
		return;
	if (now >= writer->retention_due)
		retention_make(writer);
	if (now >= writer->checkpoint_due)
		checkpoint_make(writer);
}

void
writer_run(struct writer *writer)
{
	enum status status;
	size_t count;

	writer->checkpoint_due = monotonic_ms() + writer->checkpoint_ms;
	for (;;) {
		count = queue_take(writer->queue, WRITER_GROUP,
		    WRITER_CHORE_MS, WRITER_LINGER_MS);
		if (count > 0) {
			status = group_write_patiently(writer, count);
			queue_done(writer->queue, status);
		} else if (queue_is_stopped(writer->queue))
			break;
		chores(writer);
	}
	/* What the memory learnt since, and the last head of the log. */
	(void)group_write_patiently(writer, 0);
	checkpoint_make(writer);
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
