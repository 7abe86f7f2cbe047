#include "milter/ledger/merkle.h"

#include <string.h>

enum { LEAF_PREFIX = 0, NODE_PREFIX = 1 };

void
merkle_init(struct merkle *merkle)
{
	memset(merkle, 0, sizeof(*merkle));
}

static struct slice
hash_slice(const struct hash *hash)
{
	return slice_make((const char *)hash->octet, NOTARY_HASH);
}

bool
hash_equal(const struct hash *a, const struct hash *b)
{
	return memcmp(a->octet, b->octet, NOTARY_HASH) == 0;
}

enum status
merkle_leaf(struct sha256 *digest, struct slice line, struct hash *out)
{
	return sha256_of(
	    digest, LEAF_PREFIX, line, slice_of(""), out->octet);
}

enum status
merkle_node(struct sha256 *digest, const struct hash *left,
    const struct hash *right, struct hash *out)
{
	return sha256_of(digest, NODE_PREFIX, hash_slice(left),
	    hash_slice(right), out->octet);
}

enum status
merkle_append(struct merkle *merkle, struct sha256 *digest,
    const struct hash *leaf, merkle_closed *closed, void *context)
{
	struct hash hash = *leaf;
	uint64_t index = merkle->size;
	unsigned height = 0;
	enum status status;

	while ((index & 1) != 0) {
		status = merkle_node(
		    digest, &merkle->peak[height], &hash, &hash);
		if (status != STATUS_OK)
			return status;
		height++;
		index >>= 1;
		if (closed == NULL)
			continue;
		status = closed(context, height, index, &hash);
		if (status != STATUS_OK)
			return status;
	}
	merkle->peak[height] = hash;
	merkle->size++;
	return STATUS_OK;
}

enum status
merkle_root(const struct merkle *merkle, struct sha256 *digest,
    struct hash *out)
{
	enum status status;
	bool begun = false;
	unsigned height;

	if (merkle->size == 0)
		return sha256_plain(digest, slice_of(""), out->octet);
	for (height = 0; height < MERKLE_HEIGHT; height++) {
		if ((merkle->size >> height & 1) == 0)
			continue;
		if (!begun) {
			*out = merkle->peak[height];
			begun = true;
			continue;
		}
		status = merkle_node(digest, &merkle->peak[height], out, out);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

size_t
merkle_save(const struct merkle *merkle, unsigned char out[MERKLE_PEAKS_MAX])
{
	unsigned height = MERKLE_HEIGHT;
	size_t used = 0;

	while (height-- > 0) {
		if ((merkle->size >> height & 1) == 0)
			continue;
		memcpy(out + used, merkle->peak[height].octet, NOTARY_HASH);
		used += NOTARY_HASH;
	}
	return used;
}

bool
merkle_load(struct merkle *merkle, uint64_t size, struct slice data)
{
	unsigned height = MERKLE_HEIGHT;
	size_t used = 0;

	merkle_init(merkle);
	if (size >> MERKLE_HEIGHT != 0)
		return false;
	while (height-- > 0) {
		if ((size >> height & 1) == 0)
			continue;
		if (data.len - used < NOTARY_HASH)
			return false;
		memcpy(merkle->peak[height].octet, data.at + used,
		    NOTARY_HASH);
		used += NOTARY_HASH;
	}
	merkle->size = size;
	return used == data.len;
}

uint64_t
merkle_split(uint64_t n)
{
	uint64_t k = 1;

	while (k < n - k)
		k <<= 1;
	return k;
}

bool
merkle_included(struct sha256 *digest, const struct hash *leaf,
    uint64_t index, uint64_t size, const struct hash *path, size_t count,
    const struct hash *root)
{
	struct hash hash = *leaf;
	uint64_t fn = index;
	uint64_t sn = size - 1;
	enum status status;
	size_t i;

	if (index >= size)
		return false;
	for (i = 0; i < count; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn) {
			status = merkle_node(digest, &path[i], &hash, &hash);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else
			status = merkle_node(digest, &hash, &path[i], &hash);
		if (status != STATUS_OK)
			return false;
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && hash_equal(&hash, root);
}
