#include "milter/ledger/queries.h"

#include <stdlib.h>

#include "milter/ledger/domainrows.h"
#include "milter/ledger/rows.h"

struct queries {
	struct store store;
};

enum status
queries_open(const char *path, struct queries **out, struct fault *fault)
{
	struct queries *queries = calloc(1, sizeof(*queries));
	enum status status;

	if (queries == NULL)
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	status = store_open_reader(path, &queries->store, fault);
	if (status == STATUS_OK) {
		status = store_run(&queries->store, "BEGIN", fault);
		if (status != STATUS_OK)
			store_close(&queries->store);
	}
	if (status != STATUS_OK) {
		free(queries);
		return status;
	}
	*out = queries;
	return STATUS_OK;
}

enum status
queries_open_memory(struct queries **out, struct fault *fault)
{
	struct queries *queries = calloc(1, sizeof(*queries));
	enum status status;

	if (queries == NULL)
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	status = store_open_memory(&queries->store, fault);
	if (status == STATUS_OK)
		*out = queries;
	else
		free(queries);
	return status;
}

void
queries_close(struct queries **queries)
{
	if (*queries == NULL)
		return;
	store_close(&(*queries)->store);
	free(*queries);
	*queries = NULL;
}

const struct store *
queries_store(const struct queries *queries)
{
	return &queries->store;
}

enum status
queries_days(struct queries *queries, struct queries_range *out,
    struct fault *fault)
{
	enum status status = store_number(&queries->store,
	    "SELECT day FROM day ORDER BY day LIMIT 1", &out->first_day,
	    fault);

	if (status == STATUS_OK)
		status = store_number(&queries->store,
		    "SELECT day FROM day ORDER BY day DESC LIMIT 1",
		    &out->last_day, fault);
	return status;
}

/*
 * By day first, then by name: the order of the key of summary. For one
 * domain this is a probe per day, so that its cost does not grow with the
 * number of other domains.
 */
#define FROM_DAYS                                                       \
	" FROM day CROSS JOIN summary ON summary.day = day.day"
#define OF_DOMAIN " AND summary.domain = ?3"

#define ROW_GROUPS                                                        \
	" WHERE day.day <= ?2 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2"

static const char sql_all_rows[] =
    "SELECT " DOMAINROWS_COLUMNS FROM_DAYS ROW_GROUPS;
static const char sql_rows[] =
    "SELECT " DOMAINROWS_COLUMNS FROM_DAYS OF_DOMAIN ROW_GROUPS;

static void
bind_range(sqlite3_stmt *statement, const struct queries_range *range,
    const char *domain)
{
	(void)sqlite3_bind_int64(statement, 1, range->first_day);
	(void)sqlite3_bind_int64(statement, 2, range->last_day);
	if (domain != NULL)
		store_bind(statement, 3, domain);
}

enum status
queries_domains(struct queries *queries, const struct queries_range *range,
    const char *domain, queries_take_row *take, void *context,
    struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(&queries->store,
	    domain == NULL ? sql_all_rows : sql_rows, &statement, fault);

	if (status != STATUS_OK)
		return status;
	bind_range(statement, range, domain);
	status = store_status(
	    &queries->store, domainrows_fold(statement, take, context), fault);
	(void)sqlite3_finalize(statement);
	return status;
}

/* Messages of partners, and what was refused; trusted hosts apart. */
#define COUNT_REFUSED                                                       \
	" sum(iif(event IN ('reject', 'defer', 'downgrade', 'tls-failed')," \
	" summary.records, 0))"
#define COUNT_TLS " sum(iif(tls NOT IN ('none', 'unknown'), messages, 0))"
#define SHARE_COLUMNS                                                       \
	", sum(messages)," COUNT_TLS "," COUNT_REFUSED ", max(last_time)"
#define SHARE_REST                                                          \
	" WHERE day.day BETWEEN ?1 AND ?2 AND direction = ?4 AND event <>"  \
	" 'trusted' GROUP BY 1 ORDER BY 2 DESC, 1"

static const char *const sql_shares[] = {
    [QUERIES_BY_VERSION] = "SELECT tls" SHARE_COLUMNS FROM_DAYS OF_DOMAIN
	SHARE_REST,
    [QUERIES_BY_CIPHER] = "SELECT cipher" SHARE_COLUMNS FROM_DAYS OF_DOMAIN
	" WHERE day.day BETWEEN ?1 AND ?2 AND direction = ?4 AND cipher <> ''"
	" AND event <> 'trusted' GROUP BY 1 ORDER BY 2 DESC, 1",
    [QUERIES_BY_NETWORK] = "SELECT network" SHARE_COLUMNS FROM_DAYS OF_DOMAIN
	SHARE_REST,
    [QUERIES_BY_EVENT] = "SELECT event, sum(summary.records)," COUNT_TLS
	"," COUNT_REFUSED ", max(last_time)" FROM_DAYS OF_DOMAIN SHARE_REST,
};

enum status
queries_shares(struct queries *queries, const struct queries_range *range,
    const char *domain, enum record_direction direction, enum queries_by by,
    queries_take_share *take, void *context, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	struct queries_share share;
	enum status status = store_prepare(
	    &queries->store, sql_shares[by], &statement, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	bind_range(statement, range, domain);
	store_bind(statement, 4, record_direction_name(direction));
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		share.name = store_text(statement, 0);
		share.messages = (uint64_t)sqlite3_column_int64(statement, 1);
		share.tls = (uint64_t)sqlite3_column_int64(statement, 2);
		share.refused = (uint64_t)sqlite3_column_int64(statement, 3);
		share.last_seen = sqlite3_column_int64(statement, 4);
		take(context, &share);
	}
	status = store_status(&queries->store, rc, fault);
	(void)sqlite3_finalize(statement);
	return status;
}

#define DAY_COLUMNS                                                        \
	"SELECT day.day," COUNT_TLS ", sum(iif(tls = 'none', messages, 0))," \
	" sum(iif(tls = 'unknown', messages, 0)),"
#define DAY_REST                                                           \
	" WHERE day.day BETWEEN ?1 AND ?2 AND direction = ?4 AND event <>" \
	" 'trusted' GROUP BY 1 ORDER BY 1"

enum status
queries_by_day(struct queries *queries, const struct queries_range *range,
    const char *domain, enum record_direction direction,
    queries_take_day *take, void *context, struct fault *fault)
{
	static const char sql_all[] =
	    DAY_COLUMNS COUNT_REFUSED FROM_DAYS DAY_REST;
	static const char sql_one[] =
	    DAY_COLUMNS COUNT_REFUSED FROM_DAYS OF_DOMAIN DAY_REST;
	sqlite3_stmt *statement = NULL;
	struct queries_day day;
	enum status status = store_prepare(&queries->store,
	    domain == NULL ? sql_all : sql_one, &statement, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	bind_range(statement, range, domain);
	store_bind(statement, 4, record_direction_name(direction));
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		day.day = sqlite3_column_int64(statement, 0);
		day.tls = (uint64_t)sqlite3_column_int64(statement, 1);
		day.plain = (uint64_t)sqlite3_column_int64(statement, 2);
		day.unknown = (uint64_t)sqlite3_column_int64(statement, 3);
		day.refused = (uint64_t)sqlite3_column_int64(statement, 4);
		take(context, &day);
	}
	status = store_status(&queries->store, rc, fault);
	(void)sqlite3_finalize(statement);
	return status;
}

/*
 * Summaries tell between which records of a day the domain is found, so that
 * records need no index of their own. Names that were counted as "(other)"
 * lie between the records of that one.
 */
static const char sql_records[] =
    "WITH span AS MATERIALIZED (SELECT min(first_seq) AS low, max(last_seq)"
    " AS high FROM day CROSS JOIN summary ON summary.day = day.day AND"
    " summary.domain IN (?3, '" QUERIES_OTHER "') WHERE day.day BETWEEN ?1"
    " AND ?2 GROUP BY day.day)"
    " SELECT DISTINCT " ROWS_COLUMNS " FROM span CROSS JOIN record ON"
    " record.seq BETWEEN span.low AND span.high WHERE"
    " ((direction = 'in' AND sender = iif(?3 = '<>', '', ?3)) OR"
    " (direction = 'out' AND recipient = iif(?3 = '<>', '', ?3))) AND"
    " time >= ?1 * 86400000 AND time < (?2 + 1) * 86400000 ORDER BY time,"
    " host, seq";

enum status
queries_records(struct queries *queries, const struct queries_range *range,
    const char *domain, queries_take_record *take, void *context,
    struct fault *fault)
{
	char storage[ENTRY_LINE_MAX];
	sqlite3_stmt *statement = NULL;
	struct buf line;
	enum status status = store_prepare(
	    &queries->store, sql_records, &statement, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	bind_range(statement, range, domain);
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		buf_init_fixed(&line, storage, sizeof(storage));
		rows_line(statement, &line);
		if (!take(context, buf_slice(&line)))
			break;
	}
	status = store_status(&queries->store, rc, fault);
	(void)sqlite3_finalize(statement);
	return status;
}
