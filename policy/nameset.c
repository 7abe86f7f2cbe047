#include "policy/nameset.h"

#include <stdlib.h>
#include <string.h>

#include "policy/domain.h"

enum {
	NAME_LEN_MAX = 255,
	LABELS_MAX = NAME_LEN_MAX + 1, /* any may be empty */
	SLOTS_FIRST = 64,
	POOL_FIRST = 1024
};

/*
 * In the pool, one after the other, each with its text behind it: what a
 * look-up reads of an entry is mostly one line of the cache. A SCOPE_BELOW
 * entry has its dot in front of the text.
 */
struct entry {
	uint32_t value;
	uint8_t len; /* of the text without that dot */
	uint8_t scope;
};

/* Where an entry is, with half of its hash to spare looks at others. */
struct slot {
	uint32_t entry; /* offset into the pool plus one; 0: empty */
	uint32_t tag;
};

struct nameset {
	char *pool;
	size_t pool_len, pool_room, count;
	struct slot *slots;
	size_t slot_count; /* a power of two */
	bool has_below;
};

/* An entry and where its text is. */
struct found {
	struct entry entry;
	const char *text; /* NULL: there is no entry */
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

/* The part of a hash that a slot holds; the low bits say which slot. */
static uint32_t
slot_tag(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

/* What is at that offset of the pool. */
static struct found
entry_at(const struct nameset *set, size_t offset)
{
	const char *at = set->pool + offset;
	struct found found;

	memcpy(&found.entry, at, sizeof(found.entry));
	found.text = at + sizeof(found.entry) +
	    (found.entry.scope == SCOPE_BELOW ? 1 : 0);
	return found;
}

static struct slice
found_name(const struct found *found)
{
	return slice_make(found->text, found->entry.len);
}

static struct nameset_hit
found_hit(const struct found *found)
{
	struct nameset_hit hit = {found_name(found), found_name(found),
	    found->entry.value};

	if (found->entry.scope == SCOPE_BELOW) {
		hit.title.at--;
		hit.title.len++;
	}
	return hit;
}

/* Octets of an entry and its text. */
static size_t
entry_size(const struct entry *entry)
{
	return sizeof(*entry) + entry->len +
	    (entry->scope == SCOPE_BELOW ? 1u : 0u);
}

/* Behind the last entry of the pool, which has room; returns where. */
static uint32_t
pool_put(struct nameset *set, const struct entry *entry, struct slice name)
{
	char *at = set->pool + set->pool_len;
	uint32_t offset = (uint32_t)set->pool_len;

	memcpy(at, entry, sizeof(*entry));
	at += sizeof(*entry);
	if (entry->scope == SCOPE_BELOW)
		*at++ = '.';
	memcpy(at, name.at, name.len);
	set->pool_len += entry_size(entry);
	return offset;
}

/*
 * The entry of name in its place, or one without text; *slot is where it is
 * or belongs. hash is that of name and below.
 */
static struct found
nameset_probe(const struct nameset *set, struct slice name, bool below,
    uint64_t hash, size_t *slot)
{
	size_t at = (size_t)hash & (set->slot_count - 1);
	struct found found = {{0, 0, 0}, NULL};

	for (; set->slots[at].entry != 0;
	    at = (at + 1) & (set->slot_count - 1)) {
		if (set->slots[at].tag != slot_tag(hash))
			continue;
		found = entry_at(set, set->slots[at].entry - 1);
		if ((found.entry.scope == SCOPE_BELOW) == below &&
		    slice_equal(found_name(&found), name))
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
	while (offset < set->pool_len) {
		struct found found = entry_at(set, offset);
		bool below = found.entry.scope == SCOPE_BELOW;
		uint64_t hash = name_hash(found_name(&found), below);

		(void)nameset_probe(set, found_name(&found), below, hash,
		    &slot);
		slots[slot].tag = slot_tag(hash);
		slots[slot].entry = (uint32_t)offset + 1;
		offset += entry_size(&found.entry);
	}
	return STATUS_OK;
}

/* Room for one more entry of len octets. */
static enum status
nameset_reserve(struct nameset *set, size_t len)
{
	size_t room;
	void *moved;

	if (set->pool_room - set->pool_len < len) {
		room = set->pool_room * 2 + POOL_FIRST;
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
	struct entry entry = {value, (uint8_t)name.len, (uint8_t)scope};
	bool below = scope == SCOPE_BELOW;
	enum status status;
	uint64_t hash;
	size_t slot;

	if (name.len == 0 || name.len > NAME_LEN_MAX ||
	    set->count >= NAMESET_MAX)
		return STATUS_LIMIT;
	status = nameset_reserve(set, entry_size(&entry));
	if (status != STATUS_OK)
		return status;
	hash = name_hash(name, below);
	if (nameset_probe(set, name, below, hash, &slot).text != NULL)
		return STATUS_EXISTS;
	set->slots[slot].tag = slot_tag(hash);
	set->slots[slot].entry = pool_put(set, &entry, name) + 1;
	set->count++;
	set->has_below = set->has_below || below;
	return STATUS_OK;
}

/* The slots of all those hashes at once, as memory is slower than we are. */
static void
fetch_slots(const struct nameset *set, const uint64_t *hashes, size_t count)
{
	size_t i, mask = set->slot_count - 1;

	for (i = 0; i < count; i++) {
		uint64_t hash = hash_finish(hashes[i], false);

		__builtin_prefetch(&set->slots[(size_t)hash & mask]);
	}
}

bool
nameset_find(const struct nameset *set, struct slice name,
    struct nameset_hit *out)
{
	uint64_t hashes[LABELS_MAX];
	struct found found;
	bool itself = true;
	size_t slot, left;

	if (set->count == 0 || name.len > NAME_LEN_MAX)
		return false;
	left = hash_parents(name, hashes);
	fetch_slots(set, hashes, left);
	do {
		found.text = NULL;
		left--;
		if (!itself && set->has_below)
			found = nameset_probe(set, name, true,
			    hash_finish(hashes[left], true), &slot);
		if (found.text == NULL)
			found = nameset_probe(set, name, false,
			    hash_finish(hashes[left], false), &slot);
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

	while (offset < set->pool_len) {
		struct found found = entry_at(set, offset);
		struct nameset_hit hit = found_hit(&found);

		if (!visit(context, &hit, (enum scope)found.entry.scope))
			return;
		offset += entry_size(&found.entry);
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
	return set->pool_room + set->slot_count * sizeof(*set->slots);
}
