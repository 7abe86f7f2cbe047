#include "milter/ledger/writer.h"

#include <stdatomic.h>
#include <time.h>

#include "milter/ledger/checkpoints.h"
#include "milter/ledger/rows.h"

static int64_t
monotonic_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
writer_tell(struct writer *writer, bool is_fault, const char *sentence)
{
	if (writer->report != NULL)
		writer->report(writer->context, is_fault, sentence);
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
	    writer->memory, writer->changed, WRITER_CHANGED_MAX);
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
	if (atomic_exchange(&writer->limits_are_new, false))
		writer->retention_due = now;
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

	/* What one who was killed has left is signed at once. */
	writer->checkpoint_due = monotonic_ms() +
	    (writer->records == writer->checkpoint_size ? writer->checkpoint_ms
							: 0);
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
