#include "milter/config/document.h"

#include <string.h>

const struct setting *
block_find(const struct block *block, const char *name)
{
	size_t i;

	for (i = 0; i < block->count; i++)
		if (strcmp(block->settings[i].name, name) == 0)
			return &block->settings[i];
	return NULL;
}

struct word
block_place(const struct block *block)
{
	struct word place = {block->title, block->file, block->line};

	return place;
}

struct block *
document_add(struct document *document, const char *kind, size_t count)
{
	struct block *block = arena_alloc(document->arena, sizeof(*block));

	if (block == NULL)
		return NULL;
	block->kind = kind;
	block->settings = arena_alloc(document->arena,
	    (count + 1) * sizeof(*block->settings));
	if (block->settings == NULL)
		return NULL;
	if (document->last == NULL)
		document->first = block;
	else
		document->last->next = block;
	document->last = block;
	document->count++;
	return block;
}
