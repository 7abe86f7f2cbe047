#include "milter/ledger/gathered.h"

#include <stdlib.h>

#include "milter/ledger/rows.h"
#include "milter/ledger/schema.h"
#include "milter/ledger/store.h"

struct gathered {
	struct queries *queries;
	const struct store *store;
	sqlite3_stmt *add_summary;
	sqlite3_stmt *add_day;
	sqlite3_stmt *add_record;
};

/* Places in the log are those of each host: they are not unique here. */
static const char loosen[] =
    "CREATE TABLE gathered AS SELECT * FROM record WHERE 0;"
    "DROP TABLE record; ALTER TABLE gathered RENAME TO record;"
    "CREATE INDEX record_seq ON record (seq);";

/* Every record may lie anywhere between the first place and the last. */
static const char sql_summary[] =
    "INSERT INTO summary (day, domain, direction, network, tls, cipher, event,"
    " records, messages, stamped, first_time, last_time, first_seq, last_seq)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 9223372036854775807)";

static enum status
prepare(struct gathered *gathered, struct fault *fault)
{
	const struct store *store = gathered->store;
	enum status status = store_run(store, schema_step(STORE_VERSION),
	    fault);

	if (status == STATUS_OK)
		status = store_run(store, loosen, fault);
	if (status == STATUS_OK)
		status = store_prepare(store, sql_summary,
		    &gathered->add_summary, fault);
	if (status == STATUS_OK)
		status = store_prepare(store,
		    "INSERT OR IGNORE INTO day VALUES (?, 0, 0, 0)",
		    &gathered->add_day, fault);
	if (status == STATUS_OK)
		status = rows_prepare_insert(store, &gathered->add_record,
		    fault);
	if (status == STATUS_OK)
		status = store_run(store, "BEGIN", fault);
	return status;
}

enum status
gathered_new(struct gathered **out, struct fault *fault)
{
	struct gathered *gathered = calloc(1, sizeof(*gathered));
	enum status status;

	if (gathered == NULL)
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	status = queries_open_memory(&gathered->queries, fault);
	if (status == STATUS_OK) {
		gathered->store = queries_store(gathered->queries);
		status = prepare(gathered, fault);
	}
	if (status == STATUS_OK)
		*out = gathered;
	else
		gathered_free(&gathered);
	return status;
}

/* The columns turn the texts of numbers into numbers. */
static enum status
add(struct gathered *gathered, sqlite3_stmt *statement,
    const char *const *cells, int count, struct fault *fault)
{
	int i;

	for (i = 0; i < count; i++)
		store_bind(statement, i + 1, cells[i]);
	return store_step(gathered->store, statement, fault);
}

enum status
gathered_summary(struct gathered *gathered, const char *const *cells,
    struct fault *fault)
{
	enum status status = add(gathered, gathered->add_summary, cells,
	    GATHERED_SUMMARY_COLUMNS, fault);

	if (status == STATUS_OK)
		status = add(gathered, gathered->add_day, cells, 1, fault);
	return status;
}

enum status
gathered_record(struct gathered *gathered, const char *const *cells,
    struct fault *fault)
{
	return add(gathered, gathered->add_record, cells,
	    GATHERED_RECORD_COLUMNS, fault);
}

static void
finalize(struct gathered *gathered)
{
	(void)sqlite3_finalize(gathered->add_summary);
	(void)sqlite3_finalize(gathered->add_day);
	(void)sqlite3_finalize(gathered->add_record);
}

void
gathered_finish(struct gathered **gathered, struct queries **out)
{
	finalize(*gathered);
	*out = (*gathered)->queries;
	free(*gathered);
	*gathered = NULL;
}

void
gathered_free(struct gathered **gathered)
{
	if (*gathered == NULL)
		return;
	finalize(*gathered);
	queries_close(&(*gathered)->queries);
	free(*gathered);
	*gathered = NULL;
}
