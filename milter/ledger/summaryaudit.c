#include "milter/ledger/summaryaudit.h"

#include <stdio.h>
#include <string.h>

#include "milter/ledger/entry.h"
#include "milter/ledger/summary.h"

enum { SENTENCE_MAX = 768, KEYS = 5 };

/*
 * One day from both sides, in the same order: domain, direction, tls, cipher,
 * event; then what is counted. The summaries tell between which records the
 * day lies.
 */
#define IS_MESSAGE                                                            \
	"(part = 0 AND event IN ('pass', 'fallback', 'would-reject',"         \
	" 'would-defer', 'trusted', 'sent-tls', 'sent-plain',"                \
	" 'sent-unknown'))"

static const char sql_records[] =
    "SELECT CAST(CASE iif(direction = 'out', recipient, sender) WHEN '' THEN"
    " '<>' ELSE iif(direction = 'out', recipient, sender) END AS TEXT) AS"
    " domain, direction, tls, cipher, event, count(*), sum(" IS_MESSAGE "),"
    " sum(" IS_MESSAGE " AND stamp <> '') FROM record WHERE seq BETWEEN"
    " (SELECT min(first_seq) FROM summary WHERE day = ?1) AND"
    " (SELECT max(last_seq) FROM summary WHERE day = ?1) AND"
    " time >= ?1 * 86400000 AND time < (?1 + 1) * 86400000"
    " GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5";
static const char sql_summaries[] =
    "SELECT domain, direction, tls, cipher, event, sum(records),"
    " sum(messages), sum(stamped) FROM summary WHERE day = ?1"
    " GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5";

struct reading {
	sqlite3_stmt *statement;
	bool has_row;
	int64_t total; /* records of the day so far */
};

struct comparison {
	const struct store *store;
	struct reading records;
	struct reading summaries;
	int64_t day;
	bool crowded; /* the day has names counted as "(other)" */
	int64_t counted; /* records of all days */
	audit_finding *finding;
	void *context;
};

static void
told(struct comparison *comparison, const char *domain, int64_t said,
    int64_t is)
{
	char sentence[SENTENCE_MAX];
	char storage[32];
	struct buf day;

	buf_init_fixed(&day, storage, sizeof(storage));
	entry_put_time(&day, comparison->day * ENTRY_DAY_MS);
	(void)snprintf(sentence, sizeof(sentence),
	    "the summary of %.10s for %.300s was changed: it counts %lld, the "
	    "records are %lld", buf_text(&day), domain, (long long)said,
	    (long long)is);
	comparison->finding(comparison->context, sentence);
}

static int
reading_next(struct reading *reading)
{
	int rc = sqlite3_step(reading->statement);

	reading->has_row = rc == SQLITE_ROW;
	if (reading->has_row)
		reading->total +=
		    sqlite3_column_int64(reading->statement, KEYS);
	return rc;
}

/* Which of the two stands first; one that has no row stands last. */
static int
order_of(const struct comparison *comparison)
{
	sqlite3_stmt *records = comparison->records.statement;
	sqlite3_stmt *summaries = comparison->summaries.statement;
	int order = 0;
	int i;

	if (!comparison->records.has_row)
		return 1;
	if (!comparison->summaries.has_row)
		return -1;
	for (i = 0; i < KEYS && order == 0; i++)
		order = strcmp(
		    store_text(records, i), store_text(summaries, i));
	return order;
}

/* Records without a summary: on a crowded day they are under "(other)". */
static void
records_only(struct comparison *comparison)
{
	sqlite3_stmt *records = comparison->records.statement;

	if (!comparison->crowded)
		told(comparison, store_text(records, 0), 0,
		    sqlite3_column_int64(records, KEYS));
}

static void
summary_only(struct comparison *comparison)
{
	sqlite3_stmt *summaries = comparison->summaries.statement;

	if (strcmp(store_text(summaries, 0), SUMMARY_OTHER) != 0)
		told(comparison, store_text(summaries, 0),
		    sqlite3_column_int64(summaries, KEYS), 0);
}

/* On a crowded day a name may count less than its records, never more. */
static void
compare_counts(struct comparison *comparison)
{
	sqlite3_stmt *records = comparison->records.statement;
	sqlite3_stmt *summaries = comparison->summaries.statement;
	int64_t said, is;
	int i;

	for (i = KEYS; i < KEYS + 3; i++) {
		said = sqlite3_column_int64(summaries, i);
		is = sqlite3_column_int64(records, i);
		if (said == is || (comparison->crowded && said < is))
			continue;
		told(comparison, store_text(summaries, 0), said, is);
		return;
	}
}

/* Walk both sides of the day at once. */
static int
day_merge(struct comparison *comparison)
{
	int of_records = reading_next(&comparison->records);
	int of_summaries = reading_next(&comparison->summaries);
	int order;

	while (comparison->records.has_row || comparison->summaries.has_row) {
		order = order_of(comparison);
		if (order < 0)
			records_only(comparison);
		else if (order > 0)
			summary_only(comparison);
		else
			compare_counts(comparison);
		if (order <= 0)
			of_records = reading_next(&comparison->records);
		if (order >= 0)
			of_summaries = reading_next(&comparison->summaries);
	}
	return of_records != SQLITE_DONE ? of_records : of_summaries;
}

static enum status
day_is_crowded(struct comparison *comparison, bool *out,
    struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(comparison->store,
	    "SELECT 1 FROM summary WHERE day = ? AND domain = '" SUMMARY_OTHER
	    "' LIMIT 1", &statement, fault);

	if (status != STATUS_OK)
		return status;
	(void)sqlite3_bind_int64(statement, 1, comparison->day);
	*out = sqlite3_step(statement) == SQLITE_ROW;
	(void)sqlite3_finalize(statement);
	return STATUS_OK;
}

static enum status
day_compare(struct comparison *comparison, struct fault *fault)
{
	struct reading *records = &comparison->records;
	struct reading *summaries = &comparison->summaries;
	enum status status = day_is_crowded(
	    comparison, &comparison->crowded, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	records->total = 0;
	summaries->total = 0;
	(void)sqlite3_bind_int64(records->statement, 1, comparison->day);
	(void)sqlite3_bind_int64(summaries->statement, 1, comparison->day);
	rc = day_merge(comparison);
	status = store_status(comparison->store, rc, fault);
	(void)sqlite3_reset(records->statement);
	(void)sqlite3_reset(summaries->statement);
	if (records->total != summaries->total)
		told(comparison, "all domains", summaries->total,
		    records->total);
	comparison->counted += records->total;
	return status;
}

static enum status
days_compare(struct comparison *comparison, int64_t first, uint64_t *days,
    struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(comparison->store,
	    "SELECT day FROM day WHERE day >= ? ORDER BY day", &statement,
	    fault);
	int rc = SQLITE_DONE;

	if (status == STATUS_OK)
		(void)sqlite3_bind_int64(statement, 1, first);
	while (status == STATUS_OK &&
	    (rc = sqlite3_step(statement)) == SQLITE_ROW) {
		comparison->day = sqlite3_column_int64(statement, 0);
		status = day_compare(comparison, fault);
		(*days)++;
	}
	if (status == STATUS_OK)
		status = store_status(comparison->store, rc, fault);
	(void)sqlite3_finalize(statement);
	return status;
}

/* Records of days that have no summary at all. */
static enum status
forgotten_find(struct comparison *comparison, int64_t first,
    struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(comparison->store,
	    "SELECT count(*) FROM record WHERE time >= ?", &statement, fault);
	int64_t count = 0;

	if (status != STATUS_OK)
		return status;
	(void)sqlite3_bind_int64(statement, 1, first * ENTRY_DAY_MS);
	if (sqlite3_step(statement) == SQLITE_ROW)
		count = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	comparison->day = first;
	if (count != comparison->counted)
		told(comparison, "this and all later days",
		    comparison->counted, count);
	return STATUS_OK;
}

/* The first day whose records and summaries are all still there. */
static enum status
first_day(const struct store *store, int64_t *out, struct fault *fault)
{
	int64_t newest = 0;
	int64_t kept = 0;
	enum status status;

	status = store_number(store,
	    "SELECT ifnull(max(newest) / 86400000 + 1, 0) FROM pruning WHERE"
	    " what = 'records'", &newest, fault);
	if (status == STATUS_OK)
		status = store_number(store,
		    "SELECT ifnull(max(last) + 1, 0) FROM pruning WHERE"
		    " what = 'summaries'", &kept, fault);
	*out = newest > kept ? newest : kept;
	return status;
}

enum status
summaryaudit_run(const struct store *store, audit_finding *finding,
    void *context, uint64_t *days, struct fault *fault)
{
	struct comparison comparison = {
	    .store = store, .finding = finding, .context = context};
	int64_t first = 0;
	enum status status = first_day(store, &first, fault);

	*days = 0;
	if (status == STATUS_OK)
		status = store_prepare(store, sql_records,
		    &comparison.records.statement, fault);
	if (status == STATUS_OK)
		status = store_prepare(store, sql_summaries,
		    &comparison.summaries.statement, fault);
	if (status == STATUS_OK)
		status = days_compare(&comparison, first, days, fault);
	if (status == STATUS_OK)
		status = forgotten_find(&comparison, first, fault);
	(void)sqlite3_finalize(comparison.records.statement);
	(void)sqlite3_finalize(comparison.summaries.statement);
	return status;
}
