/*
 * tree: the Merkle log in the database, as the writer sees it.
 *
 * Within the writer's transaction: tree_begin, tree_append per leaf,
 * tree_end. After a rollback the next tree_begin reads the state anew.
 *
 * Threads: one owner. Source: LEDGER.md, "Proof"; RFC 6962, 2.1.
 */
#ifndef HOPSEAL_LEDGER_TREE_H
#define HOPSEAL_LEDGER_TREE_H

#include "milter/ledger/merkle.h"
#include "milter/ledger/store.h"

/* Every so many levels the roots of complete subtrees are stored. */
enum { TREE_STRIDE = 8 };

struct tree {
	const struct store *store;
	struct sha256 *digest;
	struct merkle merkle;
	bool known; /* merkle is what the database says */
	sqlite3_stmt *add_leaf;
	sqlite3_stmt *add_node;
	sqlite3_stmt *read_state;
	sqlite3_stmt *write_state;
};

/* Borrows store and digest. Fails: as store_prepare. */
enum status tree_init(struct tree *tree, const struct store *store,
    struct sha256 *digest, struct fault *fault) MUST_CHECK;
void tree_clear(struct tree *tree);

/* Make sure that we append to what the database holds. */
enum status tree_begin(struct tree *tree, struct fault *fault) MUST_CHECK;

/* Append the leaf of line; its place is the size before. */
enum status tree_append(struct tree *tree, struct slice line,
    struct fault *fault) MUST_CHECK;

enum status tree_end(struct tree *tree, struct fault *fault) MUST_CHECK;

/* The transaction was rolled back. */
void tree_forget(struct tree *tree);

#endif
