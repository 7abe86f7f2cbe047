#include "milter/ledger/audit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ledger/auditheads.h"
#include "milter/ledger/auditrows.h"
#include "milter/ledger/checkpoints.h"
#include "milter/ledger/logkey.h"
#include "milter/ledger/rows.h"
#include "milter/ledger/summaryaudit.h"

/* One leaf, in order. *gap: leaves are missing, the tree ends here. */
static enum status
leaf_take(struct audit *audit, bool *gap)
{
	sqlite3_stmt *statement = audit->leaves.statement;
	uint64_t seq = audit->leaves.seq;
	struct hash leaf;
	enum status status = auditrows_check_inserted(audit, seq);

	if (status != STATUS_OK)
		return status;
	if (seq != audit->merkle.size ||
	    sqlite3_column_bytes(statement, 1) != NOTARY_HASH) {
		audit_found(audit, "record %" PRIu64
		    " was removed with its hash", audit->merkle.size);
		*gap = true;
		return STATUS_OK;
	}
	memcpy(leaf.octet, sqlite3_column_blob(statement, 1), NOTARY_HASH);
	status = auditrows_check(audit, seq, &leaf);
	if (status == STATUS_OK)
		status = merkle_append(&audit->merkle, audit->digest, &leaf,
		    auditheads_check_node, audit);
	if (status == STATUS_OK)
		status = auditheads_check(audit);
	if (status == STATUS_OK)
		status = audit_next(audit, &audit->leaves);
	return status;
}

/* A signed size that the log does not reach. */
static void
found_beyond(struct audit *audit, const char *which, uint64_t size)
{
	audit_found(audit, "%s speaks of %" PRIu64 " records, the log ends at "
	    "%" PRIu64 ": record %" PRIu64 " and what follows was removed",
	    which, size, audit->merkle.size, audit->merkle.size);
}

/* A log of which nothing is signed can have been written by anybody. */
static enum status
signed_check(struct audit *audit)
{
	bool are_due = false;
	enum status status;

	if (audit->result->checkpoints > 0 || audit->merkle.size == 0)
		return STATUS_OK;
	status = checkpoints_are_due(&audit->store, audit->options->now,
	    &are_due, audit->fault);
	if (status == STATUS_OK && are_due)
		audit_found(audit, CHECKPOINTS_MISSING);
	return status;
}

/* What must be there when the last leaf is read. */
static enum status
end_check(struct audit *audit)
{
	int64_t size = 0;
	enum status status = auditrows_check_inserted(audit, UINT64_MAX);

	if (status == STATUS_OK)
		status = store_number(&audit->store,
		    "SELECT size FROM state", &size, audit->fault);
	if (status != STATUS_OK)
		return status;
	if ((uint64_t)size != audit->merkle.size)
		audit_found(audit, "the log states %lld records and holds %"
		    PRIu64, (long long)size, audit->merkle.size);
	if (audit->heads.has_row)
		found_beyond(audit, "a checkpoint", audit->heads.seq);
	if (audit->has_outside && audit->outside.size > audit->merkle.size)
		found_beyond(audit, "the given checkpoint",
		    audit->outside.size);
	return signed_check(audit);
}

static void
tell_progress(struct audit *audit, int64_t total)
{
	if (audit->options->progress != NULL)
		audit->options->progress(audit->options->context,
		    audit->merkle.size, (uint64_t)total);
}

static enum status
log_walk(struct audit *audit)
{
	int64_t total = 0;
	bool gap = false;
	enum status status = store_number(&audit->store,
	    "SELECT size FROM state", &total, audit->fault);

	if (status == STATUS_OK)
		tell_progress(audit, total);
	while (status == STATUS_OK && audit->leaves.has_row && !gap) {
		status = leaf_take(audit, &gap);
		tell_progress(audit, total);
	}
	audit->result->leaves = audit->merkle.size;
	if (status == STATUS_OK && !gap)
		status = end_check(audit);
	return status;
}

static enum status
keys_load(struct audit *audit)
{
	const struct audit_options *options = audit->options;
	enum status status;

	if (options->vkey.len > 0)
		status = vkey_parse(audit->digest, options->vkey,
		    &audit->vkey, audit->fault);
	else
		status = logkey_vkey(&audit->store, audit->digest,
		    &audit->vkey, audit->fault);
	if (status != STATUS_OK || options->checkpoint.len == 0)
		return status;
	audit->has_outside = true;
	return checkpoint_open(options->checkpoint, &audit->vkey,
	    &audit->outside, audit->fault);
}

static enum status
cursors_init(struct audit *audit)
{
	enum status status = audit_open(
	    audit, &audit->leaves, "SELECT seq, hash FROM leaf ORDER BY seq");

	if (status == STATUS_OK)
		status = audit_open(audit, &audit->records,
		    "SELECT " ROWS_COLUMNS " FROM record ORDER BY seq");
	if (status == STATUS_OK)
		status = audit_open(audit, &audit->removals,
		    "SELECT * FROM pruning ORDER BY seq");
	if (status == STATUS_OK)
		status = audit_open(audit, &audit->heads,
		    "SELECT size, note FROM checkpoint ORDER BY size");
	if (status == STATUS_OK)
		status = proof_init(&audit->proof, &audit->store,
		    audit->digest, audit->fault);
	return status;
}

static void
summary_found(void *context, const char *sentence)
{
	audit_found(context, "%s", sentence);
}

static enum status
audit_all(struct audit *audit)
{
	enum status status = store_run(&audit->store, "BEGIN", audit->fault);

	if (status == STATUS_OK)
		status = keys_load(audit);
	if (status == STATUS_OK)
		status = auditrows_load_pruned(audit);
	if (status == STATUS_OK)
		status = cursors_init(audit);
	if (status == STATUS_OK)
		status = log_walk(audit);
	/* Against records that are forged summaries prove nothing. */
	if (status == STATUS_OK && audit->result->findings == 0)
		status = summaryaudit_run(&audit->store, summary_found, audit,
		    &audit->result->days, audit->fault);
	return status;
}

static void
audit_clear(struct audit *audit)
{
	(void)sqlite3_finalize(audit->leaves.statement);
	(void)sqlite3_finalize(audit->records.statement);
	(void)sqlite3_finalize(audit->removals.statement);
	(void)sqlite3_finalize(audit->heads.statement);
	proof_clear(&audit->proof);
	sha256_free(&audit->digest);
	free(audit->pruned);
	store_close(&audit->store);
}

enum status
audit_run(const struct audit_options *options, struct audit_result *out,
    struct fault *fault)
{
	struct audit *audit = calloc(1, sizeof(*audit));
	enum status status;

	memset(out, 0, sizeof(*out));
	if (audit == NULL || sha256_new(&audit->digest) != STATUS_OK) {
		free(audit);
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	}
	audit->options = options;
	audit->result = out;
	audit->fault = fault;
	status = store_open_reader(options->path, &audit->store, fault);
	if (status == STATUS_OK)
		status = audit_all(audit);
	audit_clear(audit);
	free(audit);
	return status;
}
