/*
 * retention: what is older than its time goes, in small steps, and that it
 * went is a leaf of the log itself.
 *
 * The leaf of a removal is the line
 *
 *   {"v":1,"seq":9,"time":"...","event":"pruned","what":"records",
 *    "first":0,"last":8,"removed":9,"newest":"..."}
 *
 * where what is "records" (first and last are their places in the log) or
 * "summaries" (days since 1970), removed counts rows, and newest is the
 * latest time among them. Hashes of removed records stay.
 *
 * Threads: the writer's. Source: LEDGER.md, "Storage" and "Proof".
 */
#ifndef HOPSEAL_LEDGER_RETENTION_H
#define HOPSEAL_LEDGER_RETENTION_H

#include "milter/ledger/tree.h"

enum { RETENTION_STEP = 1000 };

struct retention {
	unsigned keep_days;
	unsigned keep_summary_days;
	uint64_t unshipped;    /* from here on records are kept longer ... */
	unsigned backlog_days; /* ... until they are so old */
};

/*
 * One step, in a transaction of its own: at most RETENTION_STEP records, or
 * the summaries of one day. now in ms. *more: there is more to remove.
 * Fails: as store_status; nothing is changed then.
 */
enum status retention_step(const struct retention *retention,
    struct tree *tree, int64_t now, bool *more,
    struct fault *fault) MUST_CHECK;

/* What was removed; times in ms. */
struct removal {
	uint64_t seq; /* of its leaf */
	int64_t time;
	const char *what;
	int64_t first;
	int64_t last;
	int64_t removed;
	int64_t newest;
};

/* The canonical line of a removal, appended. */
void retention_line(struct buf *out, const struct removal *removal);

/*
 * The same of the row that statement stands on, as its columns say it, changed
 * or not; they are those of the table pruning, in its order.
 */
void retention_row(sqlite3_stmt *statement, struct buf *out);

#endif
