/*
 * proof: hashes of any part of the stored tree, and inclusion proofs.
 *
 * Reads the stored roots of subtrees where it can, so that a proof in a tree
 * of n leaves costs some hundreds of rows, not n.
 *
 * Threads: one owner. Source: RFC 6962, 2.1.1.
 */
#ifndef HOPSEAL_LEDGER_PROOF_H
#define HOPSEAL_LEDGER_PROOF_H

#include "milter/ledger/merkle.h"
#include "milter/ledger/store.h"

struct proof {
	const struct store *store;
	struct sha256 *digest;
	sqlite3_stmt *leaf;
	sqlite3_stmt *node;
};

/* Path of a leaf, lowest sibling first. */
struct path {
	struct hash hash[MERKLE_HEIGHT];
	size_t count;
};

/* Borrows store and digest. Fails: as store_prepare. */
enum status proof_init(struct proof *proof, const struct store *store,
    struct sha256 *digest, struct fault *fault) MUST_CHECK;
void proof_clear(struct proof *proof);

/* The stored hash of a leaf. Fails: NOTFOUND. */
enum status proof_leaf(struct proof *proof, uint64_t index,
    struct hash *out, struct fault *fault) MUST_CHECK;

/* The root of the first size leaves. Fails: NOTFOUND (a leaf is missing). */
enum status proof_root(struct proof *proof, uint64_t size, struct hash *out,
    struct fault *fault) MUST_CHECK;

/* The path of leaf index in the tree of size leaves. index < size. */
enum status proof_path(struct proof *proof, uint64_t index, uint64_t size,
    struct path *out, struct fault *fault) MUST_CHECK;

#endif
