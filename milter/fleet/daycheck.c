#include "milter/fleet/daycheck.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "milter/ledger/entry.h"
#include "milter/ledger/summary.h"

enum { COUNTS = 3, TEXT = 256 };

enum column { COLUMN_DAY, COLUMN_DOMAIN, COLUMN_DIRECTION, COLUMN_TLS,
	COLUMN_EVENT, COLUMN_COUNTED, COLUMN_RECORDS = COLUMN_COUNTED +
	COUNTS };

#define DAY_OF(time) " CAST(floor(" time " / 86400000) AS bigint)"
#define IS_MESSAGE                                                            \
	"part = 0 AND event IN ('pass', 'fallback', 'would-reject',"          \
	" 'would-defer', 'trusted', 'sent-tls', 'sent-plain',"                \
	" 'sent-unknown')"
#define KEY " day, domain, direction, tls, event"

/* What both sides are; NULL where one of them has no row. */
#define COUNTED(column) " sum(CASE WHEN side = 0 THEN " column " END)"
#define FOUND(column)	" sum(CASE WHEN side = 1 THEN " column " END)"
#define DIFFERS(column) COUNTED(column) " IS DISTINCT FROM" FOUND(column)

/*
 * Counts know the leaves before summary_next. The first day that is here in
 * full follows the last record of which the host shipped nothing but the hash.
 */
static const char sql_bounds[] =
    "SELECT summary_next, (SELECT" DAY_OF("min(time)") " + 1 FROM"
    " hopseal_record AS r WHERE r.ledger = h.ledger AND r.seq > (SELECT"
    " max(seq) FROM hopseal_leaf AS l WHERE l.ledger = h.ledger AND"
    " l.line IS NULL)), (SELECT count(*) FROM hopseal_leaf AS l WHERE"
    " l.ledger = h.ledger AND l.line IS NULL),"
    DAY_OF("EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000")
    ", next, size FROM hopseal_host AS h WHERE h.ledger ="
    " CAST($1 AS bigint)";

enum bound { BOUND_NEXT, BOUND_FIRST, BOUND_HASHES, BOUND_TODAY,
	BOUND_SHIPPED, BOUND_SIZE };

#define RECORDS                                                               \
	"hopseal_record WHERE ledger = CAST($1 AS bigint) AND"                \
	" time >= CAST($2 AS bigint) * 86400000 AND" DAY_OF("time")           \
	" <> CAST($3 AS bigint)"
#define DAYS                                                                  \
	"ledger = CAST($1 AS bigint) AND day >= CAST($2 AS bigint) AND"       \
	" day <> CAST($3 AS bigint)"
/* Days that were added to since the counts were made. */
#define GROWN                                                                 \
	"(SELECT" DAY_OF("time") " FROM " RECORDS                             \
	" AND seq >= CAST($4 AS bigint))"

static const char sql_days[] =
    "SELECT count(DISTINCT day) FROM hopseal_summary WHERE " DAYS
    " AND day NOT IN " GROWN;
#define DIFFERING(counted, found)                                             \
	"SELECT" KEY "," COUNTED("records") "," COUNTED("messages") ","       \
	COUNTED("stamped") "," FOUND("records") "," FOUND("messages") ","     \
	FOUND("stamped") " FROM (SELECT 0 AS side, day, " counted             \
	" AS domain, direction, tls, event, records, messages, stamped FROM"  \
	" hopseal_summary WHERE " DAYS " UNION ALL SELECT 1 AS side,"         \
	DAY_OF("time") " AS day, " found " AS domain, direction, tls, event," \
	" 1 AS records, CASE WHEN " IS_MESSAGE " THEN 1 ELSE 0 END AS"        \
	" messages, CASE WHEN " IS_MESSAGE " AND stamp <> '' THEN 1 ELSE 0"   \
	" END AS stamped FROM " RECORDS ") AS sides WHERE day NOT IN " GROWN  \
	" GROUP BY" KEY " HAVING" DIFFERS("records") " OR"                    \
	DIFFERS("messages") " OR" DIFFERS("stamped") " ORDER BY" KEY

static const char sql_names[] = DIFFERING("domain",
    "CASE WHEN direction = 'out' AND recipient <> '' THEN recipient WHEN"
    " direction = 'out' OR sender = '' THEN '<>' ELSE sender END");
/* "(other)" is a name here too: no day may count more or less. */
static const char sql_all[] = DIFFERING("'all names'", "'all names'");

/* One day's rows that differ, read as if it were not crowded, and were. */
struct day {
	int64_t day;
	bool is_crowded;
	uint64_t differing, beyond;
	char first[DAYCHECK_FINDING];
	char first_beyond[DAYCHECK_FINDING];
};

struct comparison {
	struct day day;
	struct daycheck_result *out;
};

static void
put_day(struct buf *out, int64_t day)
{
	char storage[32];
	struct buf text;

	if (day < 0 || day > ENTRY_TIME_MAX / ENTRY_DAY_MS) {
		buf_printf(out, "day %" PRId64, day);
		return;
	}
	buf_init_fixed(&text, storage, sizeof(storage));
	entry_put_time(&text, day * ENTRY_DAY_MS);
	buf_printf(out, "%.10s", buf_text(&text));
}

static void
put_text(struct buf *out, const struct answer *row, enum column column)
{
	char text[TEXT];

	/* Somebody wrote it to the centre, and it goes to a terminal. */
	entry_clean(text, sizeof(text), answer_text(row, 0, column));
	buf_printf(out, " %s", text);
}

static void
put_counts(struct buf *out, const struct answer *row, unsigned first)
{
	if (answer_is_null(row, 0, first)) {
		buf_puts(out, " no row");
		return;
	}
	buf_printf(out, " %" PRId64 " records, %" PRId64 " messages, %" PRId64
	    " stamped", answer_number(row, 0, first),
	    answer_number(row, 0, first + 1),
	    answer_number(row, 0, first + 2));
}

/* "2026-11-20 bank.example in TLSv1.3 pass: counted 5 ..., found 4 ..." */
static void
tell(const struct answer *row, char out[DAYCHECK_FINDING])
{
	enum column column;
	struct buf text;

	buf_init_fixed(&text, out, DAYCHECK_FINDING);
	put_day(&text, answer_number(row, 0, COLUMN_DAY));
	for (column = COLUMN_DOMAIN; column <= COLUMN_EVENT; column++)
		put_text(&text, row, column);
	buf_puts(&text, ": the counts have");
	put_counts(&text, row, COLUMN_COUNTED);
	buf_puts(&text, ", the records are");
	put_counts(&text, row, COLUMN_RECORDS);
}

/* Does the row count more than there is? */
static bool
is_beyond(const struct answer *row)
{
	unsigned i;

	for (i = 0; i < COUNTS; i++)
		if (answer_number(row, 0, COLUMN_COUNTED + i) >
		    answer_number(row, 0, COLUMN_RECORDS + i))
			return true;
	return false;
}

static void
day_end(struct comparison *comparison)
{
	struct day *day = &comparison->day;
	struct daycheck_result *out = comparison->out;
	uint64_t found = day->is_crowded ? day->beyond : day->differing;
	const char *first = day->is_crowded && day->beyond > 0
	    ? day->first_beyond : day->first;

	if (found > 0 && out->differing == 0)
		(void)snprintf(out->finding, sizeof(out->finding), "%s",
		    first);
	out->differing += found;
	memset(day, 0, sizeof(*day));
}

static bool
take_row(void *context, const struct answer *row)
{
	struct comparison *comparison = context;
	struct day *day = &comparison->day;
	int64_t number = answer_number(row, 0, COLUMN_DAY);
	bool is_other = strcmp(answer_text(row, 0, COLUMN_DOMAIN),
	    SUMMARY_OTHER) == 0;

	if (number != day->day)
		day_end(comparison);
	day->day = number;
	day->is_crowded = day->is_crowded || is_other;
	if (day->differing++ == 0)
		tell(row, day->first);
	if (!is_other && is_beyond(row) && day->beyond++ == 0)
		tell(row, day->first_beyond);
	return true;
}

/* $1 to $4 of the questions. */
struct bounds {
	char ledger[CENTRE_NUMBER], first[CENTRE_NUMBER];
	char today[CENTRE_NUMBER], next[CENTRE_NUMBER];
};

/* Of a host that shipped nothing but hashes no day is here. */
static void
read_bounds(const struct answer *answer, struct bounds *out,
    struct daycheck_result *result)
{
	int64_t next = answer_number(answer, 0, BOUND_NEXT);
	int64_t today = answer_number(answer, 0, BOUND_TODAY);
	int64_t first = answer_number(answer, 0, BOUND_FIRST);
	int64_t size = answer_number(answer, 0, BOUND_SIZE);

	if (answer_is_null(answer, 0, BOUND_FIRST))
		first = answer_number(answer, 0, BOUND_HASHES) > 0 ? today : 0;
	result->is_pending = next < 0 ||
	    next > answer_number(answer, 0, BOUND_SHIPPED);
	if (next < 0 || next > size) {
		result->differing = 1;
		(void)snprintf(result->finding, sizeof(result->finding),
		    "the counts are said to be of %" PRId64 " leaves, and "
		    "the host has %" PRId64, next, size);
	}
	(void)snprintf(out->first, sizeof(out->first), "%" PRId64, first);
	(void)snprintf(out->today, sizeof(out->today), "%" PRId64, today);
	(void)snprintf(out->next, sizeof(out->next), "%" PRId64, next);
}

static enum status
ask_bounds(struct centre *centre, const struct host *host,
    struct bounds *out, struct daycheck_result *result, struct fault *fault)
{
	const char *value = out->ledger;
	const struct question question = {sql_bounds, &value, 1};
	struct answer *answer = NULL;
	enum status status;

	(void)snprintf(out->ledger, sizeof(out->ledger), "%" PRId64,
	    host->ledger);
	status = centre_ask(centre, &question, &answer, fault);
	if (status != STATUS_OK)
		return status;
	if (answer_rows(answer) == 1)
		read_bounds(answer, out, result);
	else
		result->is_pending = true;
	answer_free(&answer);
	return STATUS_OK;
}

static enum status
ask_days(struct centre *centre, const char *const values[],
    uint64_t *out, struct fault *fault)
{
	const struct question question = {sql_days, values, 4};
	struct answer *answer = NULL;
	enum status status = centre_ask(centre, &question, &answer, fault);

	if (status == STATUS_OK)
		*out = (uint64_t)answer_number(answer, 0, 0);
	answer_free(&answer);
	return status;
}

static enum status
compare(struct centre *centre, const struct host *host,
    struct daycheck_result *out, struct fault *fault)
{
	struct bounds bounds;
	const char *values[] = {bounds.ledger, bounds.first, bounds.today,
	    bounds.next};
	const struct question names = {sql_names, values, LENGTH(values)};
	const struct question all = {sql_all, values, LENGTH(values)};
	struct comparison comparison = {.out = out};
	enum status status = ask_bounds(centre, host, &bounds, out, fault);

	if (status != STATUS_OK || out->is_pending)
		return status;
	status = ask_days(centre, values, &out->days, fault);
	if (status == STATUS_OK)
		status = centre_stream(centre, &names, take_row,
		    &comparison, fault);
	day_end(&comparison);
	if (status == STATUS_OK && out->differing == 0)
		status = centre_stream(centre, &all, take_row, &comparison,
		    fault);
	day_end(&comparison);
	return status;
}

/* All of one moment: the host may ship what is compared. */
enum status
daycheck_run(struct centre *centre, const struct host *host,
    struct daycheck_result *out, struct fault *fault)
{
	enum status status = centre_run(centre,
	    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", fault);

	memset(out, 0, sizeof(*out));
	if (status == STATUS_OK)
		status = compare(centre, host, out, fault);
	if (status == STATUS_OK)
		status = centre_run(centre, "COMMIT", fault);
	return status;
}
