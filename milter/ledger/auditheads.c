#include "milter/ledger/auditheads.h"

#include <inttypes.h>
#include <string.h>

#include "milter/ledger/tree.h"

static void
head_compare(struct audit *audit, const struct checkpoint *head,
    const char *which)
{
	struct hash root;

	if (merkle_root(&audit->merkle, audit->digest, &root) != STATUS_OK ||
	    !hash_equal(&root, &head->root)) {
		audit_found(audit, "%s of %" PRIu64 " records does not fit "
		    "the log: a record from %" PRIu64 " to %" PRIu64
		    " was changed together with its hash", which, head->size,
		    audit->good_head, head->size - 1);
		return;
	}
	audit->good_head = head->size;
	if (head->size > audit->result->signed_leaves)
		audit->result->signed_leaves = head->size;
}

/* The checkpoint that the cursor stands on. */
static void
stored_head_check(struct audit *audit)
{
	const char *note = store_text(audit->heads.statement, 1);
	uint64_t size = audit->heads.seq;
	struct checkpoint head;
	struct fault fault;

	audit->result->checkpoints++;
	if (checkpoint_open(slice_of(note), &audit->vkey, &head, &fault) !=
	    STATUS_OK)
		audit_found(audit, "checkpoint of %" PRIu64 " records: %s",
		    size, fault.text);
	else if (head.size != size)
		audit_found(audit, "checkpoint of %" PRIu64
		    " records is filed under %" PRIu64, head.size, size);
	else
		head_compare(audit, &head, "the checkpoint");
}

enum status
auditheads_check(struct audit *audit)
{
	enum status status = STATUS_OK;

	if (audit->has_outside && audit->outside.size == audit->merkle.size)
		head_compare(audit, &audit->outside, "the given checkpoint");
	while (status == STATUS_OK && audit->heads.has_row &&
	    audit->heads.seq <= audit->merkle.size) {
		stored_head_check(audit);
		status = audit_next(audit, &audit->heads);
	}
	return status;
}

static void
stored_root_check(struct audit *audit, unsigned height, uint64_t index,
    const struct hash *hash)
{
	sqlite3_stmt *node = audit->proof.node;
	struct hash stored;

	if (sqlite3_column_bytes(node, 0) != NOTARY_HASH)
		return;
	memcpy(stored.octet, sqlite3_column_blob(node, 0), NOTARY_HASH);
	if (!hash_equal(&stored, hash))
		audit_found(audit, "the stored hash over records %" PRIu64
		    " to %" PRIu64 " does not fit: one of them was changed "
		    "together with its hash", index << height,
		    ((index + 1) << height) - 1);
}

enum status
auditheads_check_node(void *context, unsigned height, uint64_t index,
    const struct hash *hash)
{
	struct audit *audit = context;
	sqlite3_stmt *node = audit->proof.node;

	if (height % TREE_STRIDE != 0)
		return STATUS_OK;
	(void)sqlite3_bind_int(node, 1, (int)height);
	(void)sqlite3_bind_int64(node, 2, (sqlite3_int64)index);
	if (sqlite3_step(node) == SQLITE_ROW)
		stored_root_check(audit, height, index, hash);
	(void)sqlite3_reset(node);
	return STATUS_OK;
}
