#include "milter/ledger/proof.h"

#include <inttypes.h>
#include <string.h>

#include "milter/ledger/tree.h"

enum status
proof_init(struct proof *proof, const struct store *store,
    struct sha256 *digest, struct fault *fault)
{
	enum status status;

	memset(proof, 0, sizeof(*proof));
	proof->store = store;
	proof->digest = digest;
	status = store_prepare(store, "SELECT hash FROM leaf WHERE seq = ?",
	    &proof->leaf, fault);
	if (status == STATUS_OK)
		status = store_prepare(store,
		    "SELECT hash FROM node WHERE height = ? AND place = ?",
		    &proof->node, fault);
	return status;
}

void
proof_clear(struct proof *proof)
{
	(void)sqlite3_finalize(proof->leaf);
	(void)sqlite3_finalize(proof->node);
	memset(proof, 0, sizeof(*proof));
}

/* The hash in the one row of a bound statement. Fails: NOTFOUND. */
static enum status
hash_fetch(struct proof *proof, sqlite3_stmt *statement, struct hash *out,
    struct fault *fault)
{
	int rc = sqlite3_step(statement);
	enum status status = store_status(proof->store, rc, fault);

	if (rc == SQLITE_DONE ||
	    (rc == SQLITE_ROW &&
		sqlite3_column_bytes(statement, 0) != NOTARY_HASH))
		status = STATUS_NOTFOUND;
	else if (rc == SQLITE_ROW)
		memcpy(out->octet, sqlite3_column_blob(statement, 0),
		    NOTARY_HASH);
	(void)sqlite3_reset(statement);
	return status;
}

enum status
proof_leaf(struct proof *proof, uint64_t index, struct hash *out,
    struct fault *fault)
{
	enum status status;

	(void)sqlite3_bind_int64(proof->leaf, 1, (sqlite3_int64)index);
	status = hash_fetch(proof, proof->leaf, out, fault);
	if (status == STATUS_NOTFOUND)
		return fault_set(fault, status,
		    "%s: the hash of record %" PRIu64 " is missing",
		    proof->store->path, index);
	return status;
}

static unsigned
height_of(uint64_t len)
{
	unsigned height = 0;

	while (len > 1) {
		len >>= 1;
		height++;
	}
	return height;
}

/*
 * MTH of len leaves from start. The ranges that a tree is cut into are
 * complete subtrees but for the right edge; the depth is that of the tree.
 */
static enum status
range_hash(struct proof *proof, uint64_t start, uint64_t len,
    struct hash *out, struct fault *fault)
{
	unsigned height = height_of(len);
	struct hash right;
	enum status status;
	uint64_t split;

	if (len == 1)
		return proof_leaf(proof, start, out, fault);
	if ((len & (len - 1)) == 0 && height % TREE_STRIDE == 0) {
		(void)sqlite3_bind_int(proof->node, 1, (int)height);
		(void)sqlite3_bind_int64(
		    proof->node, 2, (sqlite3_int64)(start >> height));
		status = hash_fetch(proof, proof->node, out, fault);
		if (status != STATUS_NOTFOUND)
			return status;
	}
	split = merkle_split(len);
	status = range_hash(proof, start, split, out, fault);
	if (status == STATUS_OK)
		status = range_hash(
		    proof, start + split, len - split, &right, fault);
	if (status == STATUS_OK)
		status = merkle_node(proof->digest, out, &right, out);
	return status;
}

enum status
proof_root(struct proof *proof, uint64_t size, struct hash *out,
    struct fault *fault)
{
	if (size == 0)
		return sha256_plain(proof->digest, slice_of(""), out->octet);
	return range_hash(proof, 0, size, out, fault);
}

static void
path_reverse(struct path *path)
{
	struct hash kept;
	size_t i;

	for (i = 0; i < path->count / 2; i++) {
		kept = path->hash[i];
		path->hash[i] = path->hash[path->count - 1 - i];
		path->hash[path->count - 1 - i] = kept;
	}
}

enum status
proof_path(struct proof *proof, uint64_t index, uint64_t size,
    struct path *out, struct fault *fault)
{
	uint64_t start = 0;
	uint64_t len = size;
	uint64_t split;
	enum status status = STATUS_OK;

	out->count = 0;
	while (len > 1 && status == STATUS_OK) {
		split = merkle_split(len);
		if (index - start < split) {
			status = range_hash(proof, start + split, len - split,
			    &out->hash[out->count], fault);
			len = split;
		} else {
			status = range_hash(proof, start, split,
			    &out->hash[out->count], fault);
			start += split;
			len -= split;
		}
		out->count++;
	}
	path_reverse(out);
	return status;
}
