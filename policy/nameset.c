#include "policy/nameset.h"

#include <stdlib.h>
#include <string.h>

#include "policy/domain.h"

enum { NAME_LEN_MAX = 255, SLOTS_FIRST = 64 };

struct entry {
	uint32_t text; /* offset into the pool */
	uint32_t value;
	uint8_t len;
	uint8_t scope;
	uint16_t tag; /* of the hash, to spare most comparisons */
};

struct nameset {
	struct entry *entries;
	size_t count, entry_room;
	char *pool;
	size_t pool_len, pool_room;
	uint32_t *slots; /* index of an entry plus one; 0: empty */
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

/* FNV-1a, 64 bits, folded at the end so that the low bits depend on all. */
static uint64_t
name_hash(struct slice name, bool below)
{
	uint64_t hash = below ? 0x84222325cbf29ce4u : 0xcbf29ce484222325u;
	size_t i;

	for (i = 0; i < name.len; i++) {
		hash ^= (unsigned char)name.at[i];
		hash *= 0x100000001b3u;
	}
	return hash ^ (hash >> 29);
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

/* The entry of name in its place, or NULL; *slot is where it is or belongs. */
static const struct entry *
nameset_probe(const struct nameset *set, struct slice name, bool below,
    size_t *slot)
{
	uint64_t hash = name_hash(name, below);
	size_t at = (size_t)hash & (set->slot_count - 1);
	uint16_t tag = (uint16_t)(hash >> 48);

	for (; set->slots[at] != 0; at = (at + 1) & (set->slot_count - 1)) {
		const struct entry *entry = &set->entries[set->slots[at] - 1];

		if (entry->tag == tag &&
		    (entry->scope == SCOPE_BELOW) == below &&
		    slice_equal(entry_name(set, entry), name)) {
			*slot = at;
			return entry;
		}
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

		(void)nameset_probe(set, entry_name(set, entry),
		    entry->scope == SCOPE_BELOW, &slot);
		set->slots[slot] = (uint32_t)i + 1;
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
	size_t slot;

	if (name.len == 0 || name.len > NAME_LEN_MAX ||
	    set->count >= NAMESET_MAX)
		return STATUS_LIMIT;
	status = nameset_reserve(set, name.len + (below ? 1 : 0));
	if (status != STATUS_OK)
		return status;
	if (nameset_probe(set, name, below, &slot) != NULL)
		return STATUS_EXISTS;
	entry = &set->entries[set->count++];
	entry->text = pool_put(set, name, below);
	entry->value = value;
	entry->len = (uint8_t)name.len;
	entry->scope = (uint8_t)scope;
	entry->tag = (uint16_t)(name_hash(name, below) >> 48);
	set->slots[slot] = (uint32_t)set->count;
	set->has_below = set->has_below || below;
	return STATUS_OK;
}

bool
nameset_find(const struct nameset *set, struct slice name,
    struct nameset_hit *out)
{
	const struct entry *entry;
	bool itself = true;
	size_t slot, below;

	if (set->count == 0)
		return false;
	do {
		entry = NULL;
		if (!itself && set->has_below)
			entry = nameset_probe(set, name, true, &slot);
		if (entry == NULL)
			entry = nameset_probe(set, name, false, &slot);
		below = entry != NULL && entry->scope == SCOPE_BELOW ? 1 : 0;
		if (entry != NULL && (itself || entry->scope != SCOPE_SELF)) {
			out->name = entry_name(set, entry);
			out->title = slice_make(out->name.at - below,
			    out->name.len + below);
			out->value = entry->value;
			return true;
		}
		itself = false;
	} while (domain_parent(&name));
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
