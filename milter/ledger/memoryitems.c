#include "milter/ledger/memoryitems.h"

#include <stdlib.h>
#include <string.h>

static const struct memorylist empty_list = {
    MEMORY_NOBODY, MEMORY_NOBODY, 0};

enum status
memoryitems_init(struct memoryitems *items, uint32_t entries)
{
	uint32_t buckets = 2;

	while (buckets < entries)
		buckets *= 2;
	memset(items, 0, sizeof(*items));
	items->entries = entries;
	items->bucket_mask = buckets - 1;
	items->changed = MEMORY_NOBODY;
	items->kept = empty_list;
	items->passing = empty_list;
	items->at = calloc(entries, sizeof(*items->at));
	items->buckets = malloc(buckets * sizeof(*items->buckets));
	if (items->at == NULL || items->buckets == NULL) {
		memoryitems_clear(items);
		return STATUS_NOMEM;
	}
	memset(items->buckets, 0xff, buckets * sizeof(*items->buckets));
	return STATUS_OK;
}

void
memoryitems_clear(struct memoryitems *items)
{
	free(items->at);
	free(items->buckets);
	items->at = NULL;
	items->buckets = NULL;
}

static struct memorylist *
list_of(struct memoryitems *items, const struct memoryitem *item)
{
	return item->kept ? &items->kept : &items->passing;
}

static void
list_remove(struct memoryitems *items, uint32_t at)
{
	struct memoryitem *item = &items->at[at];
	struct memorylist *list = list_of(items, item);

	if (item->newer == MEMORY_NOBODY)
		list->newest = item->older;
	else
		items->at[item->newer].older = item->older;
	if (item->older == MEMORY_NOBODY)
		list->oldest = item->newer;
	else
		items->at[item->older].newer = item->newer;
	list->length--;
}

static void
list_add(struct memoryitems *items, uint32_t at)
{
	struct memoryitem *item = &items->at[at];
	struct memorylist *list = list_of(items, item);

	item->newer = MEMORY_NOBODY;
	item->older = list->newest;
	if (list->newest == MEMORY_NOBODY)
		list->oldest = at;
	else
		items->at[list->newest].newer = at;
	list->newest = at;
	list->length++;
}

/* The key is a digest: its first octets are as good as any hash. */
static uint32_t *
bucket_of(struct memoryitems *items, const unsigned char key[MEMORY_KEY])
{
	uint32_t number;

	memcpy(&number, key, sizeof(number));
	return &items->buckets[number & items->bucket_mask];
}

uint32_t
memoryitems_find(struct memoryitems *items, const unsigned char key[MEMORY_KEY])
{
	uint32_t at = *bucket_of(items, key);

	while (at != MEMORY_NOBODY &&
	    memcmp(items->at[at].key, key, MEMORY_KEY) != 0)
		at = items->at[at].next;
	return at;
}

static void
item_unchain(struct memoryitems *items, uint32_t at)
{
	uint32_t *link = bucket_of(items, items->at[at].key);

	while (*link != at)
		link = &items->at[*link].next;
	*link = items->at[at].next;
}

static void
item_chain(struct memoryitems *items, uint32_t at)
{
	uint32_t *link = bucket_of(items, items->at[at].key);

	items->at[at].next = *link;
	*link = at;
}

void
memoryitems_change(struct memoryitems *items, uint32_t at)
{
	struct memoryitem *item = &items->at[at];

	item->written = item->met;
	if (item->changed)
		return;
	item->changed = true;
	item->next_changed = items->changed;
	items->changed = at;
}

/* A place for a new entry: an unused one, or the oldest that is passing. */
static uint32_t
item_place(struct memoryitems *items)
{
	uint32_t at;

	while (items->fresh < items->entries &&
	    items->at[items->fresh].in_use)
		items->fresh++;
	if (items->fresh < items->entries) {
		items->at[items->fresh].in_use = true;
		items->count++;
		return items->fresh;
	}
	at = items->passing.oldest;
	list_remove(items, at);
	item_unchain(items, at);
	return at;
}

uint32_t
memoryitems_add(struct memoryitems *items, const unsigned char key[MEMORY_KEY])
{
	uint32_t at = item_place(items);
	struct memoryitem *item = &items->at[at];

	memcpy(item->key, key, MEMORY_KEY);
	item->plain = -1;
	item->kept = false;
	item_chain(items, at);
	list_add(items, at);
	return at;
}

void
memoryitems_keep(struct memoryitems *items, uint32_t at)
{
	uint32_t oldest;

	list_remove(items, at);
	items->at[at].kept = true;
	list_add(items, at);
	if (items->kept.length <= items->entries / 2)
		return;
	oldest = items->kept.oldest;
	list_remove(items, oldest);
	items->at[oldest].kept = false;
	list_add(items, oldest);
	memoryitems_change(items, oldest);
}

void
memoryitems_refresh(struct memoryitems *items, uint32_t at)
{
	list_remove(items, at);
	list_add(items, at);
}

void
memoryitems_put(struct memoryitems *items, const struct memory_row *row)
{
	struct memoryitem *item = &items->at[row->slot];

	memcpy(item->key, row->key, MEMORY_KEY);
	item->met = row->met;
	item->written = row->met;
	item->born = row->born;
	item->plain = row->plain;
	item->kept = row->kept && items->kept.length < items->entries / 2;
	item->in_use = true;
	items->count++;
	item_chain(items, row->slot);
	list_add(items, row->slot);
}

uint32_t
memoryitems_take_changed(struct memoryitems *items)
{
	uint32_t at = items->changed;

	if (at != MEMORY_NOBODY) {
		items->changed = items->at[at].next_changed;
		items->at[at].changed = false;
	}
	return at;
}
