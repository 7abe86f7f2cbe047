/*
 * merkle: the arithmetic of the append-only tree.
 *
 * A struct merkle is the right edge of a tree: for each bit set in its size,
 * the root of the complete subtree of that many leaves. It is all that is
 * needed to append and to know the root. Pure: no I/O. Source: RFC 6962,
 * section 2.1.
 */
#ifndef HOPSEAL_LEDGER_MERKLE_H
#define HOPSEAL_LEDGER_MERKLE_H

#include <stdint.h>

#include "milter/note/notary.h"

enum { MERKLE_HEIGHT = 63, MERKLE_PEAKS_MAX = MERKLE_HEIGHT * NOTARY_HASH };

struct hash {
	unsigned char octet[NOTARY_HASH];
};

struct merkle {
	uint64_t size; /* leaves */
	struct hash peak[MERKLE_HEIGHT]; /* valid where the bit is set */
};

/* Told of each complete subtree that an append closes; index in its row. */
typedef enum status merkle_closed(void *context, unsigned height,
    uint64_t index, const struct hash *hash);

void merkle_init(struct merkle *merkle);

/* MTH of one leaf: SHA-256(0x00 || line). */
enum status merkle_leaf(struct sha256 *digest, struct slice line,
    struct hash *out) MUST_CHECK;

/* MTH of two subtrees: SHA-256(0x01 || left || right). */
enum status merkle_node(struct sha256 *digest, const struct hash *left,
    const struct hash *right, struct hash *out) MUST_CHECK;

/*
 * Append a leaf. closed (may be NULL) is told of every subtree of height 1
 * or more that becomes complete. Fails: CRYPTO, or what closed returns; the
 * tree is then undefined and must be set anew.
 */
enum status merkle_append(struct merkle *merkle, struct sha256 *digest,
    const struct hash *leaf, merkle_closed *closed, void *context) MUST_CHECK;

/* The root; of the empty tree SHA-256(""). */
enum status merkle_root(const struct merkle *merkle, struct sha256 *digest,
    struct hash *out) MUST_CHECK;

/* The peaks in falling height, for storage; returns the octets written. */
size_t merkle_save(const struct merkle *merkle,
    unsigned char out[MERKLE_PEAKS_MAX]);

/* The way back. Returns false when data does not fit size. */
bool merkle_load(struct merkle *merkle, uint64_t size, struct slice data);

/* Largest power of two smaller than n (n >= 2). */
uint64_t merkle_split(uint64_t n);

/*
 * Does the leaf stand at index in the tree of size leaves whose root is
 * given? path has count hashes, lowest first. Source: RFC 9162, 2.1.3.2.
 */
bool merkle_included(struct sha256 *digest, const struct hash *leaf,
    uint64_t index, uint64_t size, const struct hash *path, size_t count,
    const struct hash *root);

bool hash_equal(const struct hash *a, const struct hash *b);

#endif
