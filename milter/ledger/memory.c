#include "milter/ledger/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ledger/memoryitems.h"

/* A time is written again when it has moved by more than this. */
#define STALE_MS INT64_C(3600000)
#define KEEP_AFTER_MS INT64_C(86400000)

struct memory {
	pthread_mutex_t lock;
	struct sha256 *digest;
	struct memoryitems items;
};

enum status
memory_new(uint32_t entries, struct memory **out)
{
	struct memory *memory = calloc(1, sizeof(*memory));

	if (memory == NULL)
		return STATUS_NOMEM;
	if (pthread_mutex_init(&memory->lock, NULL) != 0) {
		free(memory);
		return STATUS_NOMEM;
	}
	if (memoryitems_init(&memory->items, entries) != STATUS_OK ||
	    sha256_new(&memory->digest) != STATUS_OK) {
		memory_free(&memory);
		return STATUS_NOMEM;
	}
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
	memoryitems_clear(&(*memory)->items);
	free(*memory);
	*memory = NULL;
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
	uint32_t at = memoryitems_find(&memory->items, key);
	struct memoryitem *item;
	bool fresh = at == MEMORY_NOBODY;

	if (fresh)
		at = memoryitems_add(&memory->items, key);
	item = &memory->items.at[at];
	item->met = now;
	if (fresh || item->born > now)
		item->born = now;
	if (!item->kept && (has_rule || now - item->born >= KEEP_AFTER_MS)) {
		memoryitems_keep(&memory->items, at);
		memoryitems_change(&memory->items, at);
	} else
		memoryitems_refresh(&memory->items, at);
	if (fresh || item->plain >= 0 || now - item->written > STALE_MS ||
	    now < item->written) {
		item->plain = -1;
		memoryitems_change(&memory->items, at);
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
	uint32_t at = MEMORY_NOBODY;

	(void)pthread_mutex_lock(&memory->lock);
	if (key_of(memory, domain, client, key) == STATUS_OK)
		at = memoryitems_find(&memory->items, key);
	if (at != MEMORY_NOBODY && memory->items.at[at].plain < 0) {
		memory->items.at[at].plain = now;
		memoryitems_change(&memory->items, at);
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
	struct memoryitem *item = &memory->items.at[at];

	if (item->met <= now && item->plain <= now)
		return;
	if (item->met > now)
		item->met = now;
	if (item->plain > now)
		item->plain = now;
	memoryitems_change(&memory->items, at);
}

enum status
memory_ask(struct memory *memory, struct slice domain,
    const struct ipaddr *client, int64_t now, struct history *out)
{
	unsigned char key[MEMORY_KEY];
	const struct memoryitem *item;
	enum status status;
	uint32_t at = MEMORY_NOBODY;

	memset(out, 0, sizeof(*out));
	(void)pthread_mutex_lock(&memory->lock);
	status = key_of(memory, domain, client, key);
	if (status == STATUS_OK)
		at = memoryitems_find(&memory->items, key);
	if (at != MEMORY_NOBODY) {
		item_mend(memory, at, now);
		item = &memory->items.at[at];
		out->met_before = true;
		out->met_age = age_of(item->met, now);
		out->plain_before = item->plain >= 0;
		if (out->plain_before)
			out->plain_age = age_of(item->plain, now);
	}
	(void)pthread_mutex_unlock(&memory->lock);
	return status == STATUS_NOTFOUND ? STATUS_OK : status;
}

void
memory_load(struct memory *memory, const struct memory_row *row)
{
	(void)pthread_mutex_lock(&memory->lock);
	if (row->slot < memory->items.entries &&
	    !memory->items.at[row->slot].in_use &&
	    memoryitems_find(&memory->items, row->key) == MEMORY_NOBODY)
		memoryitems_put(&memory->items, row);
	(void)pthread_mutex_unlock(&memory->lock);
}

static void
row_of(const struct memory *memory, uint32_t at, struct memory_row *row)
{
	const struct memoryitem *item = &memory->items.at[at];

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
	while (count < max) {
		at = memoryitems_take_changed(&memory->items);
		if (at == MEMORY_NOBODY)
			break;
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
		memoryitems_change(&memory->items, rows[i].slot);
	(void)pthread_mutex_unlock(&memory->lock);
}

size_t
memory_count(struct memory *memory)
{
	size_t count;

	(void)pthread_mutex_lock(&memory->lock);
	count = memory->items.count;
	(void)pthread_mutex_unlock(&memory->lock);
	return count;
}
