#include "milter/ledger/tree.h"

#include <string.h>

enum status
tree_init(struct tree *tree, const struct store *store,
    struct sha256 *digest, struct fault *fault)
{
	enum status status;

	memset(tree, 0, sizeof(*tree));
	tree->store = store;
	tree->digest = digest;
	status = store_prepare(store, "INSERT INTO leaf VALUES (?, ?)",
	    &tree->add_leaf, fault);
	if (status == STATUS_OK)
		status = store_prepare(store,
		    "INSERT INTO node VALUES (?, ?, ?)", &tree->add_node,
		    fault);
	if (status == STATUS_OK)
		status = store_prepare(store, "SELECT size, peaks FROM state",
		    &tree->read_state, fault);
	if (status == STATUS_OK)
		status = store_prepare(store,
		    "UPDATE state SET size = ?, peaks = ?",
		    &tree->write_state, fault);
	return status;
}

void
tree_clear(struct tree *tree)
{
	(void)sqlite3_finalize(tree->add_leaf);
	(void)sqlite3_finalize(tree->add_node);
	(void)sqlite3_finalize(tree->read_state);
	(void)sqlite3_finalize(tree->write_state);
	memset(tree, 0, sizeof(*tree));
}

static enum status
state_load(struct tree *tree, struct fault *fault)
{
	int64_t size = sqlite3_column_int64(tree->read_state, 0);
	const void *peaks;

	if (tree->known && size >= 0 && tree->merkle.size == (uint64_t)size)
		return STATUS_OK;
	peaks = sqlite3_column_blob(tree->read_state, 1);
	if (size < 0 ||
	    !merkle_load(&tree->merkle, (uint64_t)size,
		slice_make(peaks,
		    (size_t)sqlite3_column_bytes(tree->read_state, 1))))
		return fault_set(fault, STATUS_SYNTAX,
		    "%s: the state of the Merkle log is damaged; restore a "
		    "backup, or move the ledger away", tree->store->path);
	tree->known = true;
	return STATUS_OK;
}

enum status
tree_begin(struct tree *tree, struct fault *fault)
{
	int rc = sqlite3_step(tree->read_state);
	enum status status;

	if (rc == SQLITE_ROW)
		status = state_load(tree, fault);
	else if (rc == SQLITE_DONE)
		status = fault_set(fault, STATUS_SYNTAX,
		    "%s: the state of the Merkle log is missing; restore a "
		    "backup, or move the ledger away", tree->store->path);
	else
		status = store_status(tree->store, rc, fault);
	(void)sqlite3_reset(tree->read_state);
	return status;
}

struct closing {
	struct tree *tree;
	struct fault *fault;
};

static enum status
subtree_closed(void *context, unsigned height, uint64_t index,
    const struct hash *hash)
{
	struct closing *closing = context;
	sqlite3_stmt *statement = closing->tree->add_node;

	if (height % TREE_STRIDE != 0)
		return STATUS_OK;
	(void)sqlite3_bind_int(statement, 1, (int)height);
	(void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)index);
	(void)sqlite3_bind_blob(
	    statement, 3, hash->octet, NOTARY_HASH, SQLITE_STATIC);
	return store_step(closing->tree->store, statement, closing->fault);
}

enum status
tree_append(struct tree *tree, struct slice line, struct fault *fault)
{
	struct closing closing = {tree, fault};
	struct hash leaf;
	enum status status = merkle_leaf(tree->digest, line, &leaf);

	if (status != STATUS_OK)
		return fault_set(fault, status, "SHA-256 failed");
	(void)sqlite3_bind_int64(
	    tree->add_leaf, 1, (sqlite3_int64)tree->merkle.size);
	(void)sqlite3_bind_blob(
	    tree->add_leaf, 2, leaf.octet, NOTARY_HASH, SQLITE_STATIC);
	status = store_step(tree->store, tree->add_leaf, fault);
	if (status != STATUS_OK)
		return status;
	return merkle_append(&tree->merkle, tree->digest, &leaf,
	    subtree_closed, &closing);
}

enum status
tree_end(struct tree *tree, struct fault *fault)
{
	unsigned char peaks[MERKLE_PEAKS_MAX];
	size_t len = merkle_save(&tree->merkle, peaks);

	(void)sqlite3_bind_int64(
	    tree->write_state, 1, (sqlite3_int64)tree->merkle.size);
	(void)sqlite3_bind_blob(
	    tree->write_state, 2, peaks, (int)len, SQLITE_STATIC);
	return store_step(tree->store, tree->write_state, fault);
}

void
tree_forget(struct tree *tree)
{
	tree->known = false;
}
