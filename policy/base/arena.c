#include "policy/base/arena.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct chunk {
	struct chunk *next;
	size_t size;
	size_t used;
	max_align_t data[];
};

struct arena {
	struct chunk *first;   /* never given back by arena_reset */
	struct chunk *current; /* where small requests are served */
	size_t chunk_size;
	size_t ceiling;
	size_t held;
};

static struct chunk *
chunk_new(struct arena *arena, size_t size)
{
	struct chunk *chunk;

	if (size > arena->ceiling || arena->held > arena->ceiling - size)
		return NULL;
	chunk = malloc(sizeof(*chunk) + size);
	if (chunk == NULL)
		return NULL;
	chunk->next = NULL;
	chunk->size = size;
	chunk->used = 0;
	arena->held += size;
	return chunk;
}

enum status
arena_new(size_t chunk, size_t ceiling, struct arena **out)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (arena == NULL)
		return STATUS_NOMEM;
	arena->chunk_size = chunk;
	arena->ceiling = ceiling;
	arena->first = chunk_new(arena, chunk);
	if (arena->first == NULL) {
		free(arena);
		return STATUS_NOMEM;
	}
	arena->current = arena->first;
	*out = arena;
	return STATUS_OK;
}

static void
chunks_free(struct chunk *chunk)
{
	struct chunk *next;

	for (; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
}

void
arena_free(struct arena **arena)
{
	if (*arena == NULL)
		return;
	chunks_free((*arena)->first);
	free(*arena);
	*arena = NULL;
}

void
arena_reset(struct arena *arena)
{
	chunks_free(arena->first->next);
	arena->first->next = NULL;
	arena->first->used = 0;
	arena->current = arena->first;
	arena->held = arena->first->size;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	struct chunk *chunk = arena->current;
	void *at;

	if (size > arena->ceiling)
		return NULL;
	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) *
	    sizeof(max_align_t);
	if (size > chunk->size - chunk->used) {
		chunk = chunk_new(arena,
		    size > arena->chunk_size ? size : arena->chunk_size);
		if (chunk == NULL)
			return NULL;
		arena->current->next = chunk;
		arena->current = chunk;
	}
	at = (char *)chunk->data + chunk->used;
	chunk->used += size;
	return memset(at, 0, size);
}

char *
arena_copy(struct arena *arena, struct slice s)
{
	char *copy = arena_alloc(arena, s.len + 1);

	if (copy != NULL && s.len > 0)
		memcpy(copy, s.at, s.len);
	return copy;
}

size_t
arena_held(const struct arena *arena)
{
	return arena->held;
}
