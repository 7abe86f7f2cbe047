#include "milter/fleet/sums.h"

#include <inttypes.h>
#include <stdio.h>

#include "milter/fleet/insert.h"
#include "milter/ledger/shipment.h"

const char sums_table[] =
    "-- The same over all hosts, without networks and ciphers: reports of all\n"
    "-- domains read it. It is what hopseal_summary adds up to, kept by those\n"
    "-- who ship. Whoever changes or removes rows of hopseal_summary by hand\n"
    "-- lets it be made anew: hopseal fleet sum URL\n"
    "CREATE TABLE IF NOT EXISTS hopseal_sum (\n"
    "    day integer NOT NULL,\n"
    "    domain text NOT NULL,\n"
    "    direction text NOT NULL,\n"
    "    tls text NOT NULL,\n"
    "    event text NOT NULL,\n"
    "    records bigint NOT NULL,\n"
    "    messages bigint NOT NULL,\n"
    "    stamped bigint NOT NULL,\n"
    "    first_time bigint NOT NULL,\n"
    "    last_time bigint NOT NULL,\n"
    "    PRIMARY KEY (day, domain, direction, tls, event)\n"
    ");\n\n";

#define INTO                                                                \
	"INSERT INTO hopseal_sum (day, domain, direction, tls, event,"      \
	" records, messages, stamped, first_time, last_time)"
#define ONTO                                                                \
	" GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"                    \
	" ON CONFLICT (day, domain, direction, tls, event) DO UPDATE SET"   \
	" records = hopseal_sum.records + excluded.records,"                \
	" messages = hopseal_sum.messages + excluded.messages,"             \
	" stamped = hopseal_sum.stamped + excluded.stamped,"                \
	" first_time = LEAST(hopseal_sum.first_time, excluded.first_time)," \
	" last_time = GREATEST(hopseal_sum.last_time, excluded.last_time)"

/* A value is a text here until it is cast. */
#define DIFFERENCE(count)                                                   \
	" sum(CAST(new." count " AS bigint) - COALESCE(old." count ", 0)),"

_Static_assert(SHIPMENT_ROWS * 12 <= 65535, "values of one statement");

/* All in one statement: two could take locks against the order. */
static const struct insert_target differences = {
    INTO " SELECT CAST(new.day AS integer), new.domain, new.direction,"
    " new.tls, new.event," DIFFERENCE("records") DIFFERENCE("messages")
    DIFFERENCE("stamped") " min(CAST(new.first_time AS bigint)),"
    " max(CAST(new.last_time AS bigint)) FROM (VALUES ",
    ") AS new (ledger, day, domain, direction, network, tls, cipher, event,"
    " records, messages, stamped, first_time, last_time)"
    " LEFT JOIN hopseal_summary AS old ON old.ledger = new.ledger"
    " AND old.day = CAST(new.day AS integer) AND old.domain = new.domain"
    " AND old.direction = new.direction AND old.network = new.network"
    " AND old.tls = new.tls AND old.cipher = new.cipher"
    " AND old.event = new.event" ONTO,
    SHIPMENT_ROWS};

enum status
sums_add(struct centre *centre, int64_t ledger, const struct cells *cells,
    struct fault *fault)
{
	return insert_cells(centre, &differences, ledger, cells, fault);
}

/* The row stays locked until the end: one joins a ledger, and once. */
static enum status
join(struct centre *centre, const char *ledger, struct fault *fault)
{
	const struct question mark = {
	    "UPDATE hopseal_host SET summed = 1 WHERE ledger = $1 AND summed"
	    " <> 1", &ledger, 1};
	const struct question all = {
	    INTO " SELECT day, domain, direction, tls, event, sum(records),"
	    " sum(messages), sum(stamped), min(first_time), max(last_time)"
	    " FROM hopseal_summary WHERE ledger = $1" ONTO, &ledger, 1};
	uint64_t marked = 0;
	enum status status = centre_run(centre, "BEGIN", fault);

	if (status == STATUS_OK)
		status = centre_ask_nothing(centre, &mark, &marked, fault);
	if (status == STATUS_OK && marked == 1)
		status = centre_ask_nothing(centre, &all, NULL, fault);
	if (status == STATUS_OK)
		status = centre_run(centre, "COMMIT", fault);
	return status;
}

enum status
sums_join(struct centre *centre, int64_t ledger, struct fault *fault)
{
	char number[CENTRE_NUMBER];
	enum status status = centre_limit(centre, CENTRE_REPORT_S,
	    fault);

	(void)snprintf(number, sizeof(number), "%" PRId64, ledger);
	if (status == STATUS_OK)
		status = join(centre, number, fault);
	if (status == STATUS_OK)
		status = centre_limit(centre, CENTRE_ANSWER_S, fault);
	return status;
}

/* Every row of a host is locked before the first sum: nobody adds to them. */
static enum status
forget(struct centre *centre, struct fault *fault)
{
	enum status status = centre_run(centre, "BEGIN", fault);

	if (status == STATUS_OK)
		status = centre_run(centre,
		    "UPDATE hopseal_host SET summed = 0", fault);
	if (status == STATUS_OK)
		status = centre_run(centre, "DELETE FROM hopseal_sum", fault);
	if (status == STATUS_OK)
		status = centre_run(centre, "COMMIT", fault);
	return status;
}

enum status
sums_make(struct centre *centre, struct fault *fault)
{
	const struct question ledgers = {
	    "SELECT ledger FROM hopseal_host ORDER BY ledger", NULL, 0};
	struct answer *answer = NULL;
	enum status status = centre_limit(centre, CENTRE_REPORT_S, fault);
	size_t i;

	if (status == STATUS_OK)
		status = forget(centre, fault);
	if (status == STATUS_OK)
		status = centre_ask(centre, &ledgers, &answer, fault);
	for (i = 0; status == STATUS_OK && i < answer_rows(answer); i++)
		status = sums_join(centre, answer_number(answer, i, 0),
		    fault);
	answer_free(&answer);
	return status;
}
