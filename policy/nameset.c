#include "policy/nameset.h"

#include <stdlib.h>

#include "policy/domain.h"
#include "policy/namehash.h"
#include "policy/namepool.h"

enum { SLOTS_FIRST = 64 };

/* Where an entry is, with half of its hash to spare looks at others. */
struct slot {
	uint32_t entry; /* offset into the pool plus one; 0: empty */
	uint32_t tag;
};

struct nameset {
	struct namepool pool;
	size_t count;
	struct slot *slots;
	size_t slot_count; /* a power of two */
	bool has_below;
};

enum status
nameset_new(struct nameset **out)
{
	struct nameset *set = calloc(1, sizeof(*set));

	if (set == NULL)
		return STATUS_NOMEM;
	set->slots = calloc(SLOTS_FIRST, sizeof(*set->slots));
	if (set->slots == NULL) {
		free(set);
		return STATUS_NOMEM;
	}
	set->slot_count = SLOTS_FIRST;
	*out = set;
	return STATUS_OK;
}

void
nameset_free(struct nameset **set)
{
	if (*set == NULL)
		return;
	namepool_clear(&(*set)->pool);
	free((*set)->slots);
	free(*set);
	*set = NULL;
}

/* The part of a hash that a slot holds; the low bits say which slot. */
static uint32_t
slot_tag(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

/* One name has two places. */
static uint64_t
place_hash(struct slice name, bool below)
{
	return namehash_of(name) ^ (below ? NAMEHASH_BELOW : 0);
}

static struct nameset_hit
found_hit(const struct namepool_found *found)
{
	struct nameset_hit hit = {namepool_name(found), namepool_name(found),
	    found->entry.value};

	if (found->entry.scope == SCOPE_BELOW) {
		hit.title.at--;
		hit.title.len++;
	}
	return hit;
}

/*
 * The entry of name in its place, or one without text; *slot is where it is
 * or belongs. hash is that of name and below.
 */
static struct namepool_found
nameset_probe(const struct nameset *set, struct slice name, bool below,
    uint64_t hash, size_t *slot)
{
	size_t at = (size_t)hash & (set->slot_count - 1);
	struct namepool_found found = {{0, 0, 0}, NULL};

	for (; set->slots[at].entry != 0;
	    at = (at + 1) & (set->slot_count - 1)) {
		if (set->slots[at].tag != slot_tag(hash))
			continue;
		found = namepool_at(&set->pool, set->slots[at].entry - 1);
		if ((found.entry.scope == SCOPE_BELOW) == below &&
		    slice_equal(namepool_name(&found), name))
			break;
		found.text = NULL;
	}
	*slot = at;
	return found;
}

/* Twice the slots, all entries put in again. */
static enum status
nameset_grow_slots(struct nameset *set)
{
	size_t count = set->slot_count * 2, offset = 0, slot;
	struct slot *slots = calloc(count, sizeof(*slots));

	if (slots == NULL)
		return STATUS_NOMEM;
	free(set->slots);
	set->slots = slots;
	set->slot_count = count;
	while (offset < set->pool.len) {
		struct namepool_found found = namepool_at(&set->pool, offset);
		bool below = found.entry.scope == SCOPE_BELOW;
		uint64_t hash = place_hash(namepool_name(&found), below);

		(void)nameset_probe(set, namepool_name(&found), below, hash,
		    &slot);
		slots[slot].tag = slot_tag(hash);
		slots[slot].entry = (uint32_t)offset + 1;
		offset += namepool_size(&found.entry);
	}
	return STATUS_OK;
}

enum status
nameset_add(struct nameset *set, struct slice name, enum scope scope,
    uint32_t value)
{
	struct namepool_entry entry = {
	    value, (uint8_t)name.len, (uint8_t)scope};
	bool below = scope == SCOPE_BELOW;
	enum status status;
	uint64_t hash;
	size_t slot;

	if (name.len == 0 || name.len > NAMEHASH_LEN_MAX ||
	    set->count >= NAMESET_MAX)
		return STATUS_LIMIT;
	status = namepool_reserve(&set->pool, namepool_size(&entry));
	if (status == STATUS_OK && set->count * 2 >= set->slot_count)
		status = nameset_grow_slots(set);
	if (status != STATUS_OK)
		return status;
	hash = place_hash(name, below);
	if (nameset_probe(set, name, below, hash, &slot).text != NULL)
		return STATUS_EXISTS;
	set->slots[slot].tag = slot_tag(hash);
	set->slots[slot].entry = namepool_put(&set->pool, &entry, name) + 1;
	set->count++;
	set->has_below = set->has_below || below;
	return STATUS_OK;
}

/* The slots of all those hashes at once, as memory is slower than we are. */
static void
fetch_slots(const struct nameset *set, const uint64_t *hashes, size_t count)
{
	size_t i, mask = set->slot_count - 1;

	for (i = 0; i < count; i++)
		__builtin_prefetch(&set->slots[(size_t)hashes[i] & mask]);
}

/* Of a parent the entry that speaks of what is below it comes first. */
static struct namepool_found
find_label(const struct nameset *set, struct slice name, bool itself,
    uint64_t hash)
{
	struct namepool_found found = {{0, 0, 0}, NULL};
	size_t slot;

	if (!itself && set->has_below)
		found = nameset_probe(
		    set, name, true, hash ^ NAMEHASH_BELOW, &slot);
	if (found.text == NULL)
		found = nameset_probe(set, name, false, hash, &slot);
	return found;
}

bool
nameset_find(const struct nameset *set, struct slice name,
    struct nameset_hit *out)
{
	uint64_t hashes[NAMEHASH_LABELS];
	struct namepool_found found;
	bool itself = true;
	size_t left;

	if (set->count == 0 || name.len > NAMEHASH_LEN_MAX)
		return false;
	left = namehash_parents(name, hashes);
	fetch_slots(set, hashes, left);
	do {
		found = find_label(set, name, itself, hashes[--left]);
		if (found.text != NULL &&
		    (itself || found.entry.scope != SCOPE_SELF)) {
			*out = found_hit(&found);
			return true;
		}
		itself = false;
	} while (left > 0 && domain_parent(&name));
	return false;
}

void
nameset_each(const struct nameset *set, nameset_visit *visit, void *context)
{
	size_t offset = 0;

	while (offset < set->pool.len) {
		struct namepool_found found = namepool_at(&set->pool, offset);
		struct nameset_hit hit = found_hit(&found);

		if (!visit(context, &hit, (enum scope)found.entry.scope))
			return;
		offset += namepool_size(&found.entry);
	}
}

size_t
nameset_count(const struct nameset *set)
{
	return set->count;
}

size_t
nameset_held(const struct nameset *set)
{
	return set->pool.room + set->slot_count * sizeof(*set->slots);
}
