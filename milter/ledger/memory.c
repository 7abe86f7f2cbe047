#include "milter/ledger/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { NOBODY = 0xffffffff };

/* A time is written again when it has moved by more than this. */
#define STALE_MS INT64_C(3600000)
#define KEEP_AFTER_MS INT64_C(86400000)

struct list {
	uint32_t newest;
	uint32_t oldest;
	uint32_t length;
};

struct item {
	unsigned char key[MEMORY_KEY];
	int64_t met;
	int64_t born;
	int64_t plain;
	int64_t written; /* met, as the database has it */
	uint32_t next;	 /* in the hash chain */
	uint32_t newer;
	uint32_t older;
	uint32_t next_changed;
	bool in_use;
	bool kept;
	bool changed;
};

struct memory {
	pthread_mutex_t lock;
	struct sha256 *digest;
	struct item *items;
	uint32_t *buckets;
	uint32_t entries;
	uint32_t bucket_mask;
	uint32_t fresh; /* no unused item stands before this one */
	uint32_t count; /* in use */
	uint32_t changed;
	struct list kept;
	struct list passing; /* made up, or not known for long */
};

static const struct list empty_list = {NOBODY, NOBODY, 0};

enum status
memory_new(uint32_t entries, struct memory **out)
{
	struct memory *memory = calloc(1, sizeof(*memory));
	uint32_t buckets = 2;

	if (memory == NULL)
		return STATUS_NOMEM;
	if (pthread_mutex_init(&memory->lock, NULL) != 0) {
		free(memory);
		return STATUS_NOMEM;
	}
	while (buckets < entries)
		buckets *= 2;
	memory->entries = entries;
	memory->bucket_mask = buckets - 1;
	memory->changed = NOBODY;
	memory->kept = empty_list;
	memory->passing = empty_list;
	memory->items = calloc(entries, sizeof(*memory->items));
	memory->buckets = malloc(buckets * sizeof(*memory->buckets));
	if (memory->items == NULL || memory->buckets == NULL ||
	    sha256_new(&memory->digest) != STATUS_OK) {
		memory_free(&memory);
		return STATUS_NOMEM;
	}
	memset(memory->buckets, 0xff, buckets * sizeof(*memory->buckets));
	*out = memory;
	return STATUS_OK;
}

void
memory_free(struct memory **memory)
{
	if (*memory == NULL)
		return;
	sha256_free(&(*memory)->digest);
	(void)pthread_mutex_destroy(&(*memory)->lock);
	free((*memory)->items);
	free((*memory)->buckets);
	free(*memory);
	*memory = NULL;
}

static struct list *
list_of(struct memory *memory, const struct item *item)
{
	return item->kept ? &memory->kept : &memory->passing;
}

static void
list_remove(struct memory *memory, uint32_t at)
{
	struct item *item = &memory->items[at];
	struct list *list = list_of(memory, item);

	if (item->newer == NOBODY)
		list->newest = item->older;
	else
		memory->items[item->newer].older = item->older;
	if (item->older == NOBODY)
		list->oldest = item->newer;
	else
		memory->items[item->older].newer = item->newer;
	list->length--;
}

static void
list_add(struct memory *memory, uint32_t at)
{
	struct item *item = &memory->items[at];
	struct list *list = list_of(memory, item);

	item->newer = NOBODY;
	item->older = list->newest;
	if (list->newest == NOBODY)
		list->oldest = at;
	else
		memory->items[list->newest].newer = at;
	list->newest = at;
	list->length++;
}

/* The key is a digest: its first octets are as good as any hash. */
static uint32_t *
bucket_of(struct memory *memory, const unsigned char key[MEMORY_KEY])
{
	uint32_t number;

	memcpy(&number, key, sizeof(number));
	return &memory->buckets[number & memory->bucket_mask];
}

static uint32_t
item_find(struct memory *memory, const unsigned char key[MEMORY_KEY])
{
	uint32_t at = *bucket_of(memory, key);

	while (at != NOBODY &&
	    memcmp(memory->items[at].key, key, MEMORY_KEY) != 0)
		at = memory->items[at].next;
	return at;
}

static void
item_unchain(struct memory *memory, uint32_t at)
{
	uint32_t *link = bucket_of(memory, memory->items[at].key);

	while (*link != at)
		link = &memory->items[*link].next;
	*link = memory->items[at].next;
}

static void
item_chain(struct memory *memory, uint32_t at)
{
	uint32_t *link = bucket_of(memory, memory->items[at].key);

	memory->items[at].next = *link;
	*link = at;
}

static void
item_change(struct memory *memory, uint32_t at)
{
	struct item *item = &memory->items[at];

	item->written = item->met;
	if (item->changed)
		return;
	item->changed = true;
	item->next_changed = memory->changed;
	memory->changed = at;
}

/* A place for a new entry: an unused one, or the oldest that is passing. */
static uint32_t
item_place(struct memory *memory)
{
	uint32_t at;

	while (memory->fresh < memory->entries &&
	    memory->items[memory->fresh].in_use)
		memory->fresh++;
	if (memory->fresh < memory->entries) {
		memory->items[memory->fresh].in_use = true;
		memory->count++;
		return memory->fresh;
	}
	at = memory->passing.oldest;
	list_remove(memory, at);
	item_unchain(memory, at);
	return at;
}

static uint32_t
item_add(struct memory *memory, const unsigned char key[MEMORY_KEY])
{
	uint32_t at = item_place(memory);
	struct item *item = &memory->items[at];

	memcpy(item->key, key, MEMORY_KEY);
	item->plain = -1;
	item->kept = false;
	item_chain(memory, at);
	list_add(memory, at);
	return at;
}

/* Move to the kept ones; above half of all, the oldest kept one leaves. */
static void
item_keep(struct memory *memory, uint32_t at)
{
	uint32_t oldest;

	list_remove(memory, at);
	memory->items[at].kept = true;
	list_add(memory, at);
	if (memory->kept.length <= memory->entries / 2)
		return;
	oldest = memory->kept.oldest;
	list_remove(memory, oldest);
	memory->items[oldest].kept = false;
	list_add(memory, oldest);
	item_change(memory, oldest);
}

static void
item_refresh(struct memory *memory, uint32_t at)
{
	list_remove(memory, at);
	list_add(memory, at);
}

/*
 * Fails: NOTFOUND for null senders, literals and what cannot be compared,
 * which have no memory; NOMEM, CRYPTO.
 */
static enum status
key_of(struct memory *memory, struct slice domain,
    const struct ipaddr *client, unsigned char key[MEMORY_KEY])
{
	unsigned char hash[NOTARY_HASH];
	struct network net;

	enum status status;

	if (domain.len == 0 || client == NULL || domain.at[0] == '[' ||
	    slice_is(domain, "*"))
		return STATUS_NOTFOUND;
	network_of_client(client, &net);
	status = sha256_of(memory->digest, (unsigned char)net.bits,
	    slice_make((const char *)net.base.octet, sizeof(net.base.octet)),
	    domain, hash);
	if (status == STATUS_OK)
		memcpy(key, hash, MEMORY_KEY);
	return status;
}

static void
met_locked(struct memory *memory, const unsigned char key[MEMORY_KEY],
    int64_t now, bool has_rule)
{
	uint32_t at = item_find(memory, key);
	struct item *item;
	bool fresh = at == NOBODY;

	if (fresh)
		at = item_add(memory, key);
	item = &memory->items[at];
	item->met = now;
	if (fresh || item->born > now)
		item->born = now;
	if (!item->kept && (has_rule || now - item->born >= KEEP_AFTER_MS)) {
		item_keep(memory, at);
		item_change(memory, at);
	} else
		item_refresh(memory, at);
	if (fresh || item->plain >= 0 || now - item->written > STALE_MS ||
	    now < item->written) {
		item->plain = -1;
		item_change(memory, at);
	}
}

void
memory_met(struct memory *memory, struct slice domain,
    const struct ipaddr *client, int64_t now, bool has_rule)
{
	unsigned char key[MEMORY_KEY];

	(void)pthread_mutex_lock(&memory->lock);
	if (key_of(memory, domain, client, key) == STATUS_OK)
		met_locked(memory, key, now, has_rule);
	(void)pthread_mutex_unlock(&memory->lock);
}

void
memory_plain(struct memory *memory, struct slice domain,
    const struct ipaddr *client, int64_t now)
{
	unsigned char key[MEMORY_KEY];
	uint32_t at = NOBODY;

	(void)pthread_mutex_lock(&memory->lock);
	if (key_of(memory, domain, client, key) == STATUS_OK)
		at = item_find(memory, key);
	if (at != NOBODY && memory->items[at].plain < 0) {
		memory->items[at].plain = now;
		item_change(memory, at);
	}
	(void)pthread_mutex_unlock(&memory->lock);
}

static uint32_t
age_of(int64_t then, int64_t now)
{
	int64_t seconds = (now - then) / 1000;

	return seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

/* What lies in the future was written under a wrong clock: it is now. */
static void
item_mend(struct memory *memory, uint32_t at, int64_t now)
{
	struct item *item = &memory->items[at];

	if (item->met <= now && item->plain <= now)
		return;
	if (item->met > now)
		item->met = now;
	if (item->plain > now)
		item->plain = now;
	item_change(memory, at);
}

enum status
memory_ask(struct memory *memory, struct slice domain,
    const struct ipaddr *client, int64_t now, struct history *out)
{
	unsigned char key[MEMORY_KEY];
	const struct item *item;
	enum status status;
	uint32_t at = NOBODY;

	memset(out, 0, sizeof(*out));
	(void)pthread_mutex_lock(&memory->lock);
	status = key_of(memory, domain, client, key);
	if (status == STATUS_OK)
		at = item_find(memory, key);
	if (at != NOBODY) {
		item_mend(memory, at, now);
		item = &memory->items[at];
		out->met_before = true;
		out->met_age = age_of(item->met, now);
		out->plain_before = item->plain >= 0;
		if (out->plain_before)
			out->plain_age = age_of(item->plain, now);
	}
	(void)pthread_mutex_unlock(&memory->lock);
	return status == STATUS_NOTFOUND ? STATUS_OK : status;
}

/* Rows come oldest first, so each becomes the newest of its list. */
static void
load_locked(struct memory *memory, const struct memory_row *row)
{
	struct item *item = &memory->items[row->slot];

	memcpy(item->key, row->key, MEMORY_KEY);
	item->met = row->met;
	item->written = row->met;
	item->born = row->born;
	item->plain = row->plain;
	item->kept =
	    row->kept && memory->kept.length < memory->entries / 2;
	item->in_use = true;
	memory->count++;
	item_chain(memory, row->slot);
	list_add(memory, row->slot);
}

void
memory_load(struct memory *memory, const struct memory_row *row)
{
	(void)pthread_mutex_lock(&memory->lock);
	if (row->slot < memory->entries && !memory->items[row->slot].in_use &&
	    item_find(memory, row->key) == NOBODY)
		load_locked(memory, row);
	(void)pthread_mutex_unlock(&memory->lock);
}

static void
row_of(const struct memory *memory, uint32_t at, struct memory_row *row)
{
	const struct item *item = &memory->items[at];

	row->slot = at;
	memcpy(row->key, item->key, MEMORY_KEY);
	row->met = item->met;
	row->born = item->born;
	row->plain = item->plain;
	row->kept = item->kept;
}

size_t
memory_take_changed(struct memory *memory, struct memory_row *rows,
    size_t max)
{
	size_t count = 0;
	uint32_t at;

	(void)pthread_mutex_lock(&memory->lock);
	while (count < max && memory->changed != NOBODY) {
		at = memory->changed;
		memory->changed = memory->items[at].next_changed;
		memory->items[at].changed = false;
		row_of(memory, at, &rows[count]);
		count++;
	}
	(void)pthread_mutex_unlock(&memory->lock);
	return count;
}

void
memory_put_back(struct memory *memory, const struct memory_row *rows,
    size_t count)
{
	size_t i;

	(void)pthread_mutex_lock(&memory->lock);
	for (i = 0; i < count; i++)
		item_change(memory, rows[i].slot);
	(void)pthread_mutex_unlock(&memory->lock);
}

size_t
memory_count(struct memory *memory)
{
	size_t count;

	(void)pthread_mutex_lock(&memory->lock);
	count = memory->count;
	(void)pthread_mutex_unlock(&memory->lock);
	return count;
}
