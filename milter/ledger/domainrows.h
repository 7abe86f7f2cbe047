/*
 * domainrows: summaries, folded to one row per domain and direction.
 *
 * A query selects DOMAINROWS_COLUMNS of day and summary, from the day ?1 on,
 * grouped by the first four and ordered by the first two; what is left to do
 * depends on the event and the TLS version of each group.
 */
#ifndef HOPSEAL_LEDGER_DOMAINROWS_H
#define HOPSEAL_LEDGER_DOMAINROWS_H

#include <sqlite3.h>

#include "milter/ledger/queries.h"

#define DOMAINROWS_COLUMNS                                                 \
	"summary.domain, direction, event, tls,"                           \
	" sum(iif(day.day >= ?1, messages, 0)),"                           \
	" sum(iif(day.day >= ?1, summary.records, 0)),"                    \
	" sum(iif(day.day >= ?1, stamped, 0)),"                            \
	" min(iif(day.day >= ?1, first_time, NULL)), min(first_time),"     \
	" max(last_time)"

/*
 * Step through the statement: groups of one domain and direction follow each
 * other. Returns SQLite's last code, SQLITE_DONE when all is well.
 */
int domainrows_fold(sqlite3_stmt *statement, queries_take_row *take,
    void *context);

#endif
