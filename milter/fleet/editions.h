/*
 * editions: the versions of the fleet's policy, as rows of the centre.
 *
 * A version is never changed: going back makes a new one. Its number is the
 * key, so of two that are pushed at once one is refused. The text lies in
 * parts that end with a line each; row and parts come in one transaction, and
 * whoever reads them checks all of it against the signature in the row.
 *
 * Beside them, in the same transaction, the rules as rows, for questions in
 * SQL. No host reads these, and nobody has signed them.
 *
 * Threads: as struct centre. Source: hopseald(8), "FLEET".
 */
#ifndef HOPSEAL_FLEET_EDITIONS_H
#define HOPSEAL_FLEET_EDITIONS_H

#include "milter/fleet/centre.h"
#include "milter/ledger/cells.h"
#include "milter/note/edition.h"

/* The SQL of the tables; it may be run again at any time. */
extern const char editions_tables[];

/* The highest version; 0: none was pushed yet. Fails: as centre_ask. */
enum status editions_latest(struct centre *centre, uint64_t *version,
    struct fault *fault) MUST_CHECK;

/*
 * Append note and text of a version as the centre has them: nothing is
 * verified. Fails: as centre_ask; NOTFOUND (no such version), LIMIT, NOMEM.
 */
enum status editions_fetch(struct centre *centre, uint64_t version,
    struct buf *note, struct buf *text, struct fault *fault) MUST_CHECK;

/*
 * Put some of the rules in out, which is empty: kind, name, rule. The next
 * call goes on behind them; no row: there are no more. Fails: NOMEM.
 */
enum { EDITIONS_RULE_COLUMNS = 3 };
typedef enum status editions_give(void *context, struct cells *out);

struct editions_new {
	const struct edition *edition;
	struct slice note; /* which signs it */
	struct slice text;
	editions_give *give;
	void *context; /* of give */
};

/*
 * Add a signed version. Fails: EXISTS (that version was pushed meanwhile; the
 * sentence says by whom), else as centre_ask. Nothing is there then.
 */
enum status editions_push(struct centre *centre,
    const struct editions_new *edition, struct fault *fault) MUST_CHECK;

/* Called per version, the newest first. Returning false ends it. */
typedef bool editions_visit(void *context, struct slice note);

/* The notes of the last limit versions. Fails: as centre_ask. */
enum status editions_each(struct centre *centre, unsigned limit,
    editions_visit *visit, void *context, struct fault *fault) MUST_CHECK;

#endif
