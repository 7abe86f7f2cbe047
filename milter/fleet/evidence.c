#include "milter/fleet/evidence.h"

#include <inttypes.h>
#include <stdio.h>

#include "milter/ledger/entry.h"
#include "milter/ledger/gathered.h"

/* No text of a record is longer (entry.h). */
enum { CELL_MAX = 256 };

_Static_assert((int)CELL_MAX > (int)DOMAIN_MAX &&
    (int)CELL_MAX > (int)TLS_CN_MAX, "a cell holds any text of a record");

#define SUMS                                                                \
	" sum(records), sum(messages), sum(stamped), min(first_time),"      \
	" max(last_time)"

/*
 * Of all domains nobody asks for networks and ciphers: the sums over hosts
 * have them not, and hosts that are not in them are added.
 */
#define FROM_ALL                                                            \
	" FROM (SELECT day, domain, direction, tls, event, records,"        \
	" messages, stamped, first_time, last_time FROM hopseal_sum"        \
	" WHERE day <= $1 UNION ALL SELECT day, domain, direction, tls,"    \
	" event, records, messages, stamped, first_time, last_time"         \
	" FROM hopseal_summary WHERE day <= $1 AND ledger IN"               \
	" (SELECT ledger FROM hopseal_host WHERE summed <> 1)) AS counted"

static const char sql_days[] =
    "SELECT day, '" QUERIES_OTHER "', direction, '-', tls, '', event," SUMS
    FROM_ALL " GROUP BY day, direction, tls, event";

/* Two rows for what would be one a day: in the range, and before it. */
static const char sql_all[] =
    "SELECT max(day), domain, direction, '-', tls, '', event," SUMS FROM_ALL
    " GROUP BY CASE WHEN day < $2 THEN 0 ELSE 1 END, domain, direction, tls,"
    " event";

static const char sql_domain[] =
    "SELECT day, domain, direction, network, tls, cipher, event," SUMS
    " FROM hopseal_summary WHERE day <= $1 AND domain = $2"
    " GROUP BY day, domain, direction, network, tls, cipher, event";

#define RECORDS                                                             \
	"SELECT seq, part, time, direction, event, mode, sender, recipient,"\
	" policy, side, peer, address, tls, cipher, bits, cert, cn,"        \
	" requiretls, queue, stamp, host FROM hopseal_record WHERE"         \
	" time >= CAST($1 AS bigint) AND time < CAST($2 AS bigint)"
#define NEWEST " ORDER BY time DESC LIMIT 200000"
#define WOULD  " AND event IN ('would-reject', 'would-defer')"

static const char sql_would[] = RECORDS WOULD NEWEST;
static const char sql_would_domain[] =
    RECORDS WOULD " AND partner = $3" NEWEST;
static const char sql_records[] = RECORDS " AND partner = $3" NEWEST;

/* Rows on their way from one to the other. */
struct bringing {
	struct gathered *gathered;
	enum status (*add)(struct gathered *gathered,
	    const char *const *cells, struct fault *fault);
	unsigned columns;
	enum status status;
	struct fault *fault;
};

static bool
take_row(void *context, const struct answer *row)
{
	char texts[GATHERED_RECORD_COLUMNS][CELL_MAX];
	const char *cells[GATHERED_RECORD_COLUMNS];
	struct bringing *bringing = context;
	unsigned i;

	/* Another host wrote it, and it goes to a terminal. */
	for (i = 0; i < bringing->columns; i++) {
		entry_clean(texts[i], CELL_MAX, answer_text(row, 0, i));
		cells[i] = texts[i];
	}
	bringing->status = bringing->add(bringing->gathered, cells,
	    bringing->fault);
	return bringing->status == STATUS_OK;
}

static enum status
bring(struct centre *centre, const struct question *question,
    struct bringing *bringing, struct fault *fault)
{
	enum status status;

	bringing->status = STATUS_OK;
	bringing->fault = fault;
	status = centre_stream(centre, question, take_row, bringing, fault);
	return status == STATUS_OK ? bringing->status : status;
}

/* The column is an integer: "for ever" must fit it. */
static int64_t
fit_day(int64_t day)
{
	return day > 1000000 ? 1000000 : day < -1000000 ? -1000000 : day;
}

static enum status
bring_sums(struct centre *centre, const struct question *question,
    struct gathered *gathered, struct fault *fault)
{
	struct bringing bringing = {gathered, gathered_summary,
	    GATHERED_SUMMARY_COLUMNS, STATUS_OK, NULL};

	return bring(centre, question, &bringing, fault);
}

static enum status
bring_summaries(struct centre *centre, const struct evidence_wanted *wanted,
    struct gathered *gathered, struct fault *fault)
{
	char until[CENTRE_NUMBER], since[CENTRE_NUMBER];
	const char *values[] = {until,
	    wanted->domain == NULL ? since : wanted->domain};
	const struct question question = {
	    wanted->domain == NULL ? sql_all : sql_domain, values,
	    LENGTH(values)};

	(void)snprintf(until, sizeof(until), "%" PRId64,
	    fit_day(wanted->last_day));
	(void)snprintf(since, sizeof(since), "%" PRId64,
	    fit_day(wanted->first_day));
	return bring_sums(centre, &question, gathered, fault);
}

static enum status
bring_records(struct centre *centre, const struct evidence_wanted *wanted,
    struct gathered *gathered, struct fault *fault)
{
	struct bringing bringing = {gathered, gathered_record,
	    GATHERED_RECORD_COLUMNS, STATUS_OK, NULL};
	char since[CENTRE_NUMBER], until[CENTRE_NUMBER];
	const char *values[] = {since, until, wanted->domain};
	struct question question = {sql_would, values, 2};

	if (wanted->domain != NULL) {
		question.sql = wanted->records ? sql_records
					       : sql_would_domain;
		question.count = 3;
	}
	(void)snprintf(since, sizeof(since), "%" PRId64,
	    wanted->first_day * INT64_C(86400000));
	(void)snprintf(until, sizeof(until), "%" PRId64,
	    (fit_day(wanted->last_day) + 1) * INT64_C(86400000));
	return bring(centre, &question, &bringing, fault);
}

enum status
evidence_bring(struct centre *centre, const struct evidence_wanted *wanted,
    struct queries **out, struct fault *fault)
{
	struct gathered *gathered = NULL;
	enum status status = gathered_new(&gathered, fault);

	if (status == STATUS_OK)
		status = bring_summaries(centre, wanted, gathered, fault);
	if (status == STATUS_OK)
		status = bring_records(centre, wanted, gathered, fault);
	if (status == STATUS_OK)
		gathered_finish(&gathered, out);
	gathered_free(&gathered);
	return status;
}

enum status
evidence_bring_days(struct centre *centre,
    const struct evidence_wanted *wanted, struct queries **out,
    struct fault *fault)
{
	struct gathered *gathered = NULL;
	char until[CENTRE_NUMBER];
	const char *value = until;
	const struct question question = {sql_days, &value, 1};
	enum status status = gathered_new(&gathered, fault);

	(void)snprintf(until, sizeof(until), "%" PRId64,
	    fit_day(wanted->last_day));
	if (status == STATUS_OK)
		status = bring_sums(centre, &question, gathered, fault);
	if (status == STATUS_OK)
		gathered_finish(&gathered, out);
	gathered_free(&gathered);
	return status;
}
