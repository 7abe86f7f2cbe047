#include "milter/ledger/summary.h"

#include <string.h>

static const char sql_count_in[] =
    "UPDATE summary SET records = records + 1, messages = messages + ?8,"
    " stamped = stamped + ?9, first_time = min(first_time, ?10),"
    " last_time = max(last_time, ?10), last_seq = ?11 WHERE day = ?1 AND"
    " domain = ?2 AND direction = ?3 AND network = ?4 AND tls = ?5 AND"
    " cipher = ?6 AND event = ?7";
static const char sql_add[] =
    "INSERT INTO summary VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?9,"
    " ?10, ?10, ?11, ?11)";

/* What one record adds, and under which names. */
struct tally {
	const struct entry *entry;
	const char *domain;
	char network[ENTRY_NETWORK_TEXT];
};

enum status
summary_init(struct summary *summary, const struct store *store,
    struct fault *fault)
{
	enum status status;

	memset(summary, 0, sizeof(*summary));
	summary->store = store;
	summary->day = -1;
	status = store_prepare(store, sql_count_in, &summary->count_in, fault);
	if (status == STATUS_OK)
		status = store_prepare(store, sql_add, &summary->add, fault);
	if (status == STATUS_OK)
		status = store_prepare(store,
		    "SELECT 1 FROM summary WHERE day = ? AND domain = ?"
		    " LIMIT 1", &summary->known, fault);
	if (status == STATUS_OK)
		status = store_prepare(store,
		    "SELECT records, domains, rows FROM day WHERE day = ?",
		    &summary->read_day, fault);
	if (status == STATUS_OK)
		status = store_prepare(store,
		    "INSERT OR REPLACE INTO day VALUES (?, ?, ?, ?)",
		    &summary->write_day, fault);
	return status;
}

void
summary_clear(struct summary *summary)
{
	(void)sqlite3_finalize(summary->count_in);
	(void)sqlite3_finalize(summary->add);
	(void)sqlite3_finalize(summary->known);
	(void)sqlite3_finalize(summary->read_day);
	(void)sqlite3_finalize(summary->write_day);
	memset(summary, 0, sizeof(*summary));
}

void
summary_begin(struct summary *summary)
{
	summary->day = -1;
}

enum status
summary_end(struct summary *summary, struct fault *fault)
{
	sqlite3_stmt *statement = summary->write_day;

	if (summary->day < 0)
		return STATUS_OK;
	(void)sqlite3_bind_int64(statement, 1, summary->day);
	(void)sqlite3_bind_int64(statement, 2, summary->records);
	(void)sqlite3_bind_int64(statement, 3, summary->domains);
	(void)sqlite3_bind_int64(statement, 4, summary->rows);
	summary->day = -1;
	return store_step(summary->store, statement, fault);
}

static enum status
day_load(struct summary *summary, int64_t day, struct fault *fault)
{
	enum status status = summary_end(summary, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	(void)sqlite3_bind_int64(summary->read_day, 1, day);
	rc = sqlite3_step(summary->read_day);
	summary->records = 0;
	summary->domains = 0;
	summary->rows = 0;
	if (rc == SQLITE_ROW) {
		summary->records = sqlite3_column_int64(summary->read_day, 0);
		summary->domains = sqlite3_column_int64(summary->read_day, 1);
		summary->rows = sqlite3_column_int64(summary->read_day, 2);
	} else
		status = store_status(summary->store, rc, fault);
	(void)sqlite3_reset(summary->read_day);
	summary->day = day;
	return status;
}

static void
tally_bind(sqlite3_stmt *statement, const struct tally *tally)
{
	const struct entry *entry = tally->entry;
	bool counts = entry_counts(entry);

	(void)sqlite3_bind_int64(statement, 1, entry_day(entry->time));
	store_bind(statement, 2, tally->domain);
	store_bind(statement, 3, record_direction_name(entry->direction));
	store_bind(statement, 4, tally->network);
	store_bind(statement, 5, entry->tls);
	store_bind(statement, 6, entry->cipher);
	store_bind(statement, 7, record_event_name(entry->event));
	(void)sqlite3_bind_int(statement, 8, counts);
	(void)sqlite3_bind_int(
	    statement, 9, counts && entry->stamp_id[0] != '\0');
	(void)sqlite3_bind_int64(statement, 10, entry->time);
	(void)sqlite3_bind_int64(statement, 11, (sqlite3_int64)entry->seq);
}

/* Add to the row of these names. *there tells whether there is one. */
static enum status
tally_count_in(struct summary *summary, const struct tally *tally,
    bool *there, struct fault *fault)
{
	enum status status;

	tally_bind(summary->count_in, tally);
	status = store_step(summary->store, summary->count_in, fault);
	*there = status == STATUS_OK && sqlite3_changes(summary->store->db) > 0;
	return status;
}

static enum status
day_knows(struct summary *summary, const char *domain, bool *known,
    struct fault *fault)
{
	int rc;

	(void)sqlite3_bind_int64(summary->known, 1, summary->day);
	store_bind(summary->known, 2, domain);
	rc = sqlite3_step(summary->known);
	*known = rc == SQLITE_ROW;
	(void)sqlite3_reset(summary->known);
	return store_status(summary->store, rc, fault);
}

/*
 * A row that is not there yet: may the day have this name, and this row?
 * *changed tells that the names are no longer those of the record.
 */
static enum status
tally_bound(struct summary *summary, struct tally *tally,
    unsigned max_domains, bool *changed, struct fault *fault)
{
	int64_t max_rows = (int64_t)max_domains * SUMMARY_ROWS_PER_DOMAIN;
	bool known = false;
	enum status status;

	*changed = false;
	status = day_knows(summary, tally->domain, &known, fault);
	if (status != STATUS_OK)
		return status;
	if (!known && !tally->entry->has_rule) {
		if (summary->domains >= (int64_t)max_domains) {
			tally->domain = SUMMARY_OTHER;
			memcpy(tally->network, "-", 2);
			*changed = true;
		} else
			summary->domains++;
	} else if (summary->rows >= max_rows && tally->network[0] != '-') {
		memcpy(tally->network, "-", 2);
		*changed = true;
	}
	return STATUS_OK;
}

enum status
summary_add(struct summary *summary, const struct entry *entry,
    unsigned max_domains, struct fault *fault)
{
	struct tally tally = {.entry = entry};
	enum status status = STATUS_OK;
	bool there = false;
	bool changed;

	if (entry_day(entry->time) != summary->day)
		status = day_load(summary, entry_day(entry->time), fault);
	if (status != STATUS_OK)
		return status;
	summary->records++;
	tally.domain = entry_partner(entry);
	entry_network(entry, tally.network);
	status = tally_count_in(summary, &tally, &there, fault);
	if (status != STATUS_OK || there)
		return status;
	status = tally_bound(summary, &tally, max_domains, &changed, fault);
	if (status == STATUS_OK && changed)
		status = tally_count_in(summary, &tally, &there, fault);
	if (status != STATUS_OK || there)
		return status;
	summary->rows++;
	tally_bind(summary->add, &tally);
	return store_step(summary->store, summary->add, fault);
}
