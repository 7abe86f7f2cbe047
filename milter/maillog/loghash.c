#include "milter/maillog/loghash.h"

static const uint64_t basis = UINT64_C(14695981039346656037);
static const uint64_t prime = UINT64_C(1099511628211);

static uint64_t
mixed(uint64_t hash)
{
	hash ^= hash >> 32;
	hash *= UINT64_C(0x9e3779b97f4a7c15);
	hash ^= hash >> 29;
	return hash == 0 ? 1 : hash;
}

uint64_t
loghash_of(uint64_t seed, struct slice text)
{
	uint64_t hash = basis ^ seed;
	size_t i;

	for (i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.at[i]) * prime;
	return mixed(hash);
}

uint64_t
loghash_number(uint64_t seed, uint64_t number)
{
	return mixed((basis ^ seed ^ number) * prime);
}
