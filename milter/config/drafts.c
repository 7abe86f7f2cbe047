#include "milter/config/drafts.h"

#include <stdlib.h>
#include <string.h>

static bool
is_rule_block(const struct block *block)
{
	return strcmp(block->kind, "class") == 0 ||
	    strcmp(block->kind, "policy") == 0 ||
	    strcmp(block->kind, "client") == 0;
}

/* The order of kinds, keys and then of appearance in the document. */
static int
draft_compare(const void *left, const void *right)
{
	const struct draft *a = left, *b = right;
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = strcmp(a->key, b->key);
	if (order != 0)
		return order;
	return a->order < b->order ? -1 : 1;
}

/* Where each kind begins in the sorted drafts. */
static void
find_firsts(struct drafts *drafts)
{
	size_t kind, i;

	for (kind = 0, i = 0; kind <= DRAFT_BAD; kind++) {
		drafts->first[kind] = i;
		while (i < drafts->count && drafts->at[i].kind == kind)
			i++;
	}
	drafts->first[DRAFT_BAD + 1] = i;
}

enum status
drafts_read(struct drafts *drafts, const struct document *document,
    struct findings *findings)
{
	const struct block *block;
	enum status status;

	memset(drafts, 0, sizeof(*drafts));
	drafts->at = calloc(document->count + 1, sizeof(*drafts->at));
	if (drafts->at == NULL)
		return STATUS_NOMEM;
	for (block = document->first; block != NULL; block = block->next) {
		if (!is_rule_block(block))
			continue;
		status = draft_read(block, document->arena, findings,
		    &drafts->at[drafts->count]);
		if (status != STATUS_OK)
			return status;
		drafts->at[drafts->count].order = drafts->count;
		drafts->count++;
	}
	qsort(drafts->at, drafts->count, sizeof(*drafts->at), draft_compare);
	find_firsts(drafts);
	return STATUS_OK;
}

void
drafts_clear(struct drafts *drafts)
{
	free(drafts->at);
	drafts->at = NULL;
}

bool
drafts_is_repeated(const struct drafts *drafts, size_t i,
    struct findings *findings)
{
	const struct draft *draft = &drafts->at[i];
	const struct draft *before;

	if (i == 0)
		return false;
	before = &drafts->at[i - 1];
	if (before->kind != draft->kind ||
	    strcmp(before->key, draft->key) != 0)
		return false;
	findings_add(findings, draft->block->file, draft->block->line,
	    "%s \"%.80s\": %.80s has a section at %s:%u already; write one "
	    "for each title", draft->block->kind, draft->block->title,
	    draft->key, before->block->file, before->block->line);
	return true;
}

/* As strcmp, for a key that may hold any octet. */
static int
key_compare(const char *text, struct slice key)
{
	size_t len = strlen(text);
	int order = memcmp(text, key.at, len < key.len ? len : key.len);

	if (order != 0 || len == key.len)
		return order;
	return len < key.len ? -1 : 1;
}

const struct draft *
drafts_find(const struct drafts *drafts, enum draft_kind kind,
    struct slice key)
{
	size_t low = drafts->first[kind], high = drafts->first[kind + 1];

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = key_compare(drafts->at[middle].key, key);

		if (order == 0)
			return &drafts->at[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
