#include "policy/namepool.h"

#include <stdlib.h>
#include <string.h>

enum { POOL_FIRST = 1024 };

void
namepool_clear(struct namepool *pool)
{
	free(pool->data);
	pool->data = NULL;
	pool->len = pool->room = 0;
}

enum status
namepool_reserve(struct namepool *pool, size_t size)
{
	size_t room = pool->room * 2 + POOL_FIRST;
	void *moved;

	if (pool->room - pool->len >= size)
		return STATUS_OK;
	if (room > UINT32_MAX)
		return STATUS_LIMIT;
	moved = realloc(pool->data, room);
	if (moved == NULL)
		return STATUS_NOMEM;
	pool->data = moved;
	pool->room = room;
	return STATUS_OK;
}

uint32_t
namepool_put(struct namepool *pool, const struct namepool_entry *entry,
    struct slice name)
{
	char *at = pool->data + pool->len;
	uint32_t offset = (uint32_t)pool->len;

	memcpy(at, entry, sizeof(*entry));
	at += sizeof(*entry);
	if (entry->scope == SCOPE_BELOW)
		*at++ = '.';
	memcpy(at, name.at, name.len);
	pool->len += namepool_size(entry);
	return offset;
}

size_t
namepool_size(const struct namepool_entry *entry)
{
	return sizeof(*entry) + entry->len +
	    (entry->scope == SCOPE_BELOW ? 1u : 0u);
}

struct namepool_found
namepool_at(const struct namepool *pool, size_t offset)
{
	const char *at = pool->data + offset;
	struct namepool_found found;

	memcpy(&found.entry, at, sizeof(found.entry));
	found.text = at + sizeof(found.entry) +
	    (found.entry.scope == SCOPE_BELOW ? 1 : 0);
	return found;
}

struct slice
namepool_name(const struct namepool_found *found)
{
	return slice_make(found->text, found->entry.len);
}
