/*
 * auditstate: what an audit has in hand, shared by its parts.
 *
 *	audit		the walk along the log, and its end
 *	auditrows	what stands behind a leaf: a record, a removal, nothing
 *	auditheads	checkpoints, and stored roots of subtrees
 *
 * These files alone include this.
 */
#ifndef HOPSEAL_LEDGER_AUDITSTATE_H
#define HOPSEAL_LEDGER_AUDITSTATE_H

#include "milter/ledger/audit.h"
#include "milter/ledger/checkpoint.h"
#include "milter/ledger/proof.h"
#include "milter/ledger/store.h"
#include "policy/base/attributes.h"

/* A statement that is read row by row; seq is that of its row. */
struct cursor {
	sqlite3_stmt *statement;
	uint64_t seq;
	bool has_row;
};

struct range {
	uint64_t first;
	uint64_t last;
};

struct audit {
	const struct audit_options *options;
	struct store store;
	struct sha256 *digest;
	struct vkey vkey;
	struct merkle merkle;
	struct proof proof; /* stored roots of subtrees */
	struct cursor leaves;
	struct cursor records;
	struct cursor removals;
	struct cursor heads;	 /* checkpoints */
	struct range *pruned;	 /* in the order of the log */
	size_t pruned_count;
	size_t pruned_at; /* ranges before it lie behind */
	struct checkpoint outside;
	bool has_outside;
	uint64_t good_head; /* size of the last checkpoint that fitted */
	struct audit_result *result;
	struct fault *fault;
};

/* A finding: something does not fit. */
void audit_found(struct audit *audit, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* Stand on the first row of sql, whose first column is the seq. */
enum status audit_open(struct audit *audit, struct cursor *cursor,
    const char *sql) MUST_CHECK;

/* Go on to the next row. Fails: as the store. */
enum status audit_next(struct audit *audit, struct cursor *cursor) MUST_CHECK;

#endif
