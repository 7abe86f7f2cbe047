#include "policy/namehash.h"

static const uint64_t hash_of_nothing = 0xcbf29ce484222325u;

static uint64_t
hash_octet(uint64_t hash, char octet)
{
	return (hash ^ (unsigned char)octet) * 0x100000001b3u;
}

/* Folded, so that the low bits depend on all. */
static uint64_t
fold(uint64_t hash)
{
	return hash ^ (hash >> 29);
}

uint64_t
namehash_of(struct slice name)
{
	uint64_t hash = hash_of_nothing;

	while (name.len > 0)
		hash = hash_octet(hash, name.at[--name.len]);
	return fold(hash);
}

size_t
namehash_parents(struct slice name, uint64_t hashes[NAMEHASH_LABELS])
{
	uint64_t hash = hash_of_nothing;
	size_t i, count = 0;

	for (i = name.len; i > 0; i--) {
		if (name.at[i - 1] == '.' && count < NAMEHASH_LABELS - 1)
			hashes[count++] = fold(hash);
		hash = hash_octet(hash, name.at[i - 1]);
	}
	hashes[count++] = fold(hash);
	return count;
}
