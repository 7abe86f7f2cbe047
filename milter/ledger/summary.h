/*
 * summary: what a day was like, in counts that outlive the records.
 *
 * One row per day, domain, direction, peer network, tls, cipher and event.
 * Names that strangers make up are bounded: when a day has its
 * max-domains-per-day names, new ones without a rule count as "(other)"; and
 * when it has SUMMARY_ROWS_PER_DOMAIN rows per allowed name, new rows leave
 * the network out.
 *
 * Within the writer's transaction: summary_begin, summary_add per record,
 * summary_end. Threads: one owner. Source: LEDGER.md, "Storage".
 */
#ifndef HOPSEAL_LEDGER_SUMMARY_H
#define HOPSEAL_LEDGER_SUMMARY_H

#include "milter/ledger/entry.h"
#include "milter/ledger/store.h"

#define SUMMARY_OTHER "(other)"

enum { SUMMARY_ROWS_PER_DOMAIN = 16 };

struct summary {
	const struct store *store;
	sqlite3_stmt *count_in; /* add to a row that exists */
	sqlite3_stmt *add;
	sqlite3_stmt *known; /* has the day this domain? */
	sqlite3_stmt *read_day;
	sqlite3_stmt *write_day;
	int64_t day; /* the one counted below; -1: none */
	int64_t records;
	int64_t domains; /* without a rule */
	int64_t rows;
};

/* Borrows store. Fails: as store_prepare. */
enum status summary_init(struct summary *summary, const struct store *store,
    struct fault *fault) MUST_CHECK;
void summary_clear(struct summary *summary);

void summary_begin(struct summary *summary);
enum status summary_add(struct summary *summary, const struct entry *entry,
    unsigned max_domains, struct fault *fault) MUST_CHECK;
enum status summary_end(struct summary *summary,
    struct fault *fault) MUST_CHECK;

#endif
