#include "milter/fleet/sumcheck.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "milter/ledger/entry.h"

/* Days in one question. */
enum { STRIDE = 31 };

enum column { COLUMN_DAY, COLUMN_DOMAIN, COLUMN_DIRECTION, COLUMN_TLS,
	COLUMN_EVENT, COLUMN_SUMS, COLUMN_COUNTED = COLUMN_SUMS +
	SUMCHECK_COUNTS };

#define KEY   " day, domain, direction, tls, event"
#define ROWS  KEY ", records, messages, stamped, first_time, last_time FROM"
#define RANGE " day >= CAST($1 AS bigint) AND day < CAST($2 AS bigint)"

/* The same of both sides; NULL where one of them has no row. */
#define SUMMED(column)	" sum(CASE WHEN side = 1 THEN " column " END)"
#define COUNTED(column) " sum(CASE WHEN side = 0 THEN " column " END)"
#define EDGE(which, side, column)                                           \
	" " which "(CASE WHEN side = " side " THEN " column " END)"
#define DIFFERS(one, other) one " IS DISTINCT FROM" other

/*
 * As reports read them: the sums have the hosts whose row says so by 1, and
 * nobody else; those are counted beside them.
 */
static const char sql_differing[] =
    "SELECT" KEY "," SUMMED("records") "," SUMMED("messages") ","
    SUMMED("stamped") "," COUNTED("records") "," COUNTED("messages") ","
    COUNTED("stamped") " FROM (SELECT 1 AS side," ROWS " hopseal_sum WHERE"
    RANGE " UNION ALL SELECT 0 AS side," ROWS " hopseal_summary WHERE" RANGE
    " AND ledger IN (SELECT ledger FROM hopseal_host WHERE summed = 1))"
    " AS sides GROUP BY" KEY " HAVING"
    DIFFERS(SUMMED("records"), COUNTED("records")) " OR"
    DIFFERS(SUMMED("messages"), COUNTED("messages")) " OR"
    DIFFERS(SUMMED("stamped"), COUNTED("stamped")) " OR"
    DIFFERS(EDGE("min", "1", "first_time"), EDGE("min", "0", "first_time"))
    " OR"
    DIFFERS(EDGE("max", "1", "last_time"), EDGE("max", "0", "last_time"))
    " ORDER BY" KEY;

static const char sql_rows[] =
    "SELECT count(*) FROM hopseal_sum WHERE" RANGE;

/* By the keys: summaries are led by their ledger. NULL behind the last. */
static const char sql_next_day[] =
    "SELECT min(day) FROM (SELECT min(day) AS day FROM hopseal_sum"
    " WHERE day >= CAST($1 AS bigint) UNION ALL SELECT min((SELECT min(day)"
    " FROM hopseal_summary AS s WHERE s.ledger = h.ledger AND"
    " s.day >= CAST($1 AS bigint))) FROM hopseal_host AS h) AS days";

/* Reports of one domain read these, too. */
static const char sql_strays[] =
    "SELECT count(*) FROM hopseal_summary WHERE ledger NOT IN"
    " (SELECT ledger FROM hopseal_host)";

static void
read_text(const struct answer *row, enum column column, char *out,
    size_t size)
{
	/* Somebody wrote it to the centre, and it goes to a terminal. */
	entry_clean(out, size, answer_text(row, 0, (unsigned)column));
}

static void
read_row(const struct answer *row, struct sumcheck_row *out)
{
	unsigned i;

	out->day = answer_number(row, 0, COLUMN_DAY);
	read_text(row, COLUMN_DOMAIN, out->domain, sizeof(out->domain));
	read_text(row, COLUMN_DIRECTION, out->direction,
	    sizeof(out->direction));
	read_text(row, COLUMN_TLS, out->tls, sizeof(out->tls));
	read_text(row, COLUMN_EVENT, out->event, sizeof(out->event));
	for (i = 0; i < SUMCHECK_COUNTS; i++) {
		read_text(row, COLUMN_SUMS + i, out->sums[i],
		    sizeof(out->sums[i]));
		read_text(row, COLUMN_COUNTED + i, out->counted[i],
		    sizeof(out->counted[i]));
	}
}

static bool
take_row(void *context, const struct answer *row)
{
	struct sumcheck_result *out = context;

	if (out->shown < SUMCHECK_SHOWN)
		read_row(row, &out->first[out->shown++]);
	out->differing++;
	return true;
}

/* One number, or false: it is NULL. */
static enum status
ask_number(struct centre *centre, const struct question *question,
    bool *is_there, int64_t *out, struct fault *fault)
{
	struct answer *answer = NULL;
	enum status status = centre_ask(centre, question, &answer, fault);

	if (status != STATUS_OK)
		return status;
	*is_there = answer_rows(answer) == 1 && !answer_is_null(answer, 0, 0);
	*out = *is_there ? answer_number(answer, 0, 0) : 0;
	answer_free(&answer);
	return STATUS_OK;
}

static enum status
compare_range(struct centre *centre, int64_t day, struct sumcheck_result *out,
    struct fault *fault)
{
	char since[CENTRE_NUMBER], until[CENTRE_NUMBER];
	const char *values[] = {since, until};
	const struct question rows = {sql_rows, values, LENGTH(values)};
	const struct question differing = {sql_differing, values,
	    LENGTH(values)};
	bool is_there;
	int64_t count;
	enum status status;

	(void)snprintf(since, sizeof(since), "%" PRId64, day);
	(void)snprintf(until, sizeof(until), "%" PRId64, day + STRIDE);
	status = centre_stream(centre, &differing, take_row, out, fault);
	if (status == STATUS_OK)
		status = ask_number(centre, &rows, &is_there, &count, fault);
	if (status == STATUS_OK)
		out->rows += (uint64_t)count;
	return status;
}

/* Where there are days at all: a forged one may lie anywhere. */
static enum status
compare_all(struct centre *centre, struct sumcheck_result *out,
    struct fault *fault)
{
	char since[CENTRE_NUMBER];
	const char *value = since;
	const struct question next = {sql_next_day, &value, 1};
	int64_t day = INT32_MIN;
	bool is_there = true;
	enum status status;

	for (;;) {
		(void)snprintf(since, sizeof(since), "%" PRId64, day);
		status = ask_number(centre, &next, &is_there, &day, fault);
		if (status != STATUS_OK || !is_there)
			return status;
		status = compare_range(centre, day, out, fault);
		if (status != STATUS_OK)
			return status;
		day += STRIDE;
	}
}

enum status
sumcheck_run(struct centre *centre, struct sumcheck_result *out,
    struct fault *fault)
{
	const struct question strays = {sql_strays, NULL, 0};
	bool is_there;
	int64_t count = 0;
	enum status status = centre_limit(centre, CENTRE_REPORT_S, fault);

	memset(out, 0, sizeof(*out));
	if (status == STATUS_OK)
		status = compare_all(centre, out, fault);
	if (status == STATUS_OK)
		status = ask_number(centre, &strays, &is_there, &count,
		    fault);
	out->strays = (uint64_t)count;
	return status;
}
