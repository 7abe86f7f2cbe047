#include "policy/nameset.h"

#include <stdlib.h>
#include <string.h>

#include "policy/domain.h"

enum {
	NAME_LEN_MAX = 255,
	LABELS_MAX = NAME_LEN_MAX / 2 + 1,
	SLOTS_FIRST = 64,
	INDEX_BITS = 24 /* of a slot; holds NAMESET_MAX */
};

struct entry {
	uint32_t text; /* offset into the pool */
	uint32_t value;
	uint8_t len;
	uint8_t scope;
};

struct nameset {
	struct entry *entries;
	size_t count, entry_room;
	char *pool;
	size_t pool_len, pool_room;
	/*
	 * Index of an entry plus one, with eight bits of the hash above it to
	 * spare most looks at entries; 0: empty.
	 */
	uint32_t *slots;
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
	free((*set)->entries);
	free((*set)->pool);
	free((*set)->slots);
	free(*set);
	*set = NULL;
}

/*
 * FNV-1a, 64 bits, from the last octet to the first, so that the hash of a
 * name begins with that of its parent.
 */
static const uint64_t hash_of_nothing = 0xcbf29ce484222325u;

static uint64_t
hash_octet(uint64_t hash, char octet)
{
	return (hash ^ (unsigned char)octet) * 0x100000001b3u;
}

/* Folded, so that the low bits depend on all. */
static uint64_t
hash_finish(uint64_t hash, bool below)
{
	hash ^= below ? 0x9e3779b97f4a7c15u : 0;
	return hash ^ (hash >> 29);
}

static uint64_t
name_hash(struct slice name, bool below)
{
	uint64_t hash = hash_of_nothing;

	while (name.len > 0)
		hash = hash_octet(hash, name.at[--name.len]);
	return hash_finish(hash, below);
}

/* The hashes of a name and its parents, unfinished, the shortest first. */
static size_t
hash_parents(struct slice name, uint64_t hashes[LABELS_MAX])
{
	uint64_t hash = hash_of_nothing;
	size_t i, count = 0;

	for (i = name.len; i > 0; i--) {
		if (name.at[i - 1] == '.' && count < LABELS_MAX - 1)
			hashes[count++] = hash;
		hash = hash_octet(hash, name.at[i - 1]);
	}
	hashes[count++] = hash;
	return count;
}

/* The part of a hash that a slot holds. */
static uint32_t
slot_tag(uint64_t hash)
{
	return (uint32_t)(hash >> 56) << INDEX_BITS;
}

static struct slice
entry_name(const struct nameset *set, const struct entry *entry)
{
	return slice_make(set->pool + entry->text, entry->len);
}

/* Behind the last text of the pool; a dot line has its dot in front. */
static uint32_t
pool_put(struct nameset *set, struct slice name, bool below)
{
	uint32_t at;

	if (below)
		set->pool[set->pool_len++] = '.';
	at = (uint32_t)set->pool_len;
	memcpy(set->pool + set->pool_len, name.at, name.len);
	set->pool_len += name.len;
	return at;
}

/*
 * The entry of name in its place, or NULL; *slot is where it is or belongs.
 * hash is that of name and below.
 */
static const struct entry *
nameset_probe(const struct nameset *set, struct slice name, bool below,
    uint64_t hash, size_t *slot)
{
	size_t at = (size_t)hash & (set->slot_count - 1);
	const uint32_t mask = (UINT32_C(1) << INDEX_BITS) - 1;
	uint32_t held;

	while ((held = set->slots[at]) != 0) {
		const struct entry *entry;

		if ((held & ~mask) == slot_tag(hash)) {
			entry = &set->entries[(held & mask) - 1];
			if ((entry->scope == SCOPE_BELOW) == below &&
			    slice_equal(entry_name(set, entry), name)) {
				*slot = at;
				return entry;
			}
		}
		at = (at + 1) & (set->slot_count - 1);
	}
	*slot = at;
	return NULL;
}

/* Twice the slots, all entries put in again. */
static enum status
nameset_grow_slots(struct nameset *set)
{
	size_t count = set->slot_count * 2, i, slot;
	uint32_t *slots = calloc(count, sizeof(*slots));

	if (slots == NULL)
		return STATUS_NOMEM;
	free(set->slots);
	set->slots = slots;
	set->slot_count = count;
	for (i = 0; i < set->count; i++) {
		const struct entry *entry = &set->entries[i];
		bool below = entry->scope == SCOPE_BELOW;
		uint64_t hash = name_hash(entry_name(set, entry), below);

		(void)nameset_probe(set, entry_name(set, entry), below, hash,
		    &slot);
		set->slots[slot] = slot_tag(hash) | ((uint32_t)i + 1);
	}
	return STATUS_OK;
}

/* Room for one more entry and len octets of text. */
static enum status
nameset_reserve(struct nameset *set, size_t len)
{
	size_t room;
	void *moved;

	if (set->count == set->entry_room) {
		room = set->entry_room == 0 ? 32 : set->entry_room * 2;
		moved = realloc(set->entries, room * sizeof(*set->entries));
		if (moved == NULL)
			return STATUS_NOMEM;
		set->entries = moved;
		set->entry_room = room;
	}
	if (set->pool_room - set->pool_len < len) {
		room = set->pool_room * 2 + NAME_LEN_MAX + 1;
		if (room > UINT32_MAX)
			return STATUS_LIMIT;
		moved = realloc(set->pool, room);
		if (moved == NULL)
			return STATUS_NOMEM;
		set->pool = moved;
		set->pool_room = room;
	}
	if (set->count * 2 >= set->slot_count)
		return nameset_grow_slots(set);
	return STATUS_OK;
}

enum status
nameset_add(struct nameset *set, struct slice name, enum scope scope,
    uint32_t value)
{
	bool below = scope == SCOPE_BELOW;
	struct entry *entry;
	enum status status;
	uint64_t hash;
	size_t slot;

	if (name.len == 0 || name.len > NAME_LEN_MAX ||
	    set->count >= NAMESET_MAX)
		return STATUS_LIMIT;
	status = nameset_reserve(set, name.len + (below ? 1 : 0));
	if (status != STATUS_OK)
		return status;
	hash = name_hash(name, below);
	if (nameset_probe(set, name, below, hash, &slot) != NULL)
		return STATUS_EXISTS;
	entry = &set->entries[set->count++];
	entry->text = pool_put(set, name, below);
	entry->value = value;
	entry->len = (uint8_t)name.len;
	entry->scope = (uint8_t)scope;
	set->slots[slot] = slot_tag(hash) | (uint32_t)set->count;
	set->has_below = set->has_below || below;
	return STATUS_OK;
}

bool
nameset_find(const struct nameset *set, struct slice name,
    struct nameset_hit *out)
{
	uint64_t hashes[LABELS_MAX];
	const struct entry *entry;
	bool itself = true;
	size_t slot, below, left;

	if (set->count == 0 || name.len > NAME_LEN_MAX)
		return false;
	left = hash_parents(name, hashes);
	do {
		entry = NULL;
		left--;
		if (!itself && set->has_below)
			entry = nameset_probe(set, name, true,
			    hash_finish(hashes[left], true), &slot);
		if (entry == NULL)
			entry = nameset_probe(set, name, false,
			    hash_finish(hashes[left], false), &slot);
		below = entry != NULL && entry->scope == SCOPE_BELOW ? 1 : 0;
		if (entry != NULL && (itself || entry->scope != SCOPE_SELF)) {
			out->name = entry_name(set, entry);
			out->title = slice_make(out->name.at - below,
			    out->name.len + below);
			out->value = entry->value;
			return true;
		}
		itself = false;
	} while (left > 0 && domain_parent(&name));
	return false;
}

void
nameset_each(const struct nameset *set, nameset_visit *visit, void *context)
{
	struct nameset_hit hit;
	size_t i, below;

	for (i = 0; i < set->count; i++) {
		const struct entry *entry = &set->entries[i];

		below = entry->scope == SCOPE_BELOW ? 1 : 0;
		hit.name = entry_name(set, entry);
		hit.title =
		    slice_make(hit.name.at - below, hit.name.len + below);
		hit.value = entry->value;
		if (!visit(context, &hit, (enum scope)entry->scope))
			return;
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
	return set->entry_room * sizeof(*set->entries) + set->pool_room +
	    set->slot_count * sizeof(*set->slots);
}
