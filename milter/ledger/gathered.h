/*
 * gathered: a ledger in memory, made of what other ledgers said.
 *
 * It holds summaries and some records of many hosts, and is asked as any
 * ledger is: every report works on it. It has no log of its own.
 *
 *	gathered_new -> gathered_summary, gathered_record ... -> queries_*
 *	    -> queries_close
 *
 * Threads: one owner. Limits: memory. Source: LEDGER.md, "Questions".
 */
#ifndef HOPSEAL_LEDGER_GATHERED_H
#define HOPSEAL_LEDGER_GATHERED_H

#include "milter/ledger/queries.h"

struct gathered;

/* Columns, as in shipment.h; of a record those from seq on. */
enum { GATHERED_SUMMARY_COLUMNS = 12, GATHERED_RECORD_COLUMNS = 21 };

/* Gives *out. Fails: NOMEM, IO. */
enum status gathered_new(struct gathered **out, struct fault *fault) MUST_CHECK;

/* Copies. Fails: as store_status; EXISTS (the row is there). */
enum status gathered_summary(struct gathered *gathered,
    const char *const *cells, struct fault *fault) MUST_CHECK;
enum status gathered_record(struct gathered *gathered,
    const char *const *cells, struct fault *fault) MUST_CHECK;

/* No more additions: the questions. Takes *gathered. Gives *out. */
void gathered_finish(struct gathered **gathered, struct queries **out);
void gathered_free(struct gathered **gathered);

#endif
