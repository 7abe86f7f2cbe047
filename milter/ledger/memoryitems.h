/*
 * memoryitems: the entries of a memory, and which of them gives way.
 *
 * An array made once; an item is named by its place in it, which is also its
 * row in the database. Each item in use hangs in a hash chain, by its key,
 * and in one of two lists, by when it was used: the kept ones, half of all at
 * most, and the passing ones, of which the oldest makes room. Those that the
 * database does not have as they are hang in a third one.
 *
 * memory.c alone includes this; it decides what is learnt.
 *
 * Threads: none of its own, the memory's lock is held. Limits: the number of
 * entries that it was made with.
 */
#ifndef HOPSEAL_LEDGER_MEMORYITEMS_H
#define HOPSEAL_LEDGER_MEMORYITEMS_H

#include "milter/ledger/memory.h"

enum { MEMORY_NOBODY = 0xffffffff };

struct memorylist {
	uint32_t newest;
	uint32_t oldest;
	uint32_t length;
};

struct memoryitem {
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

struct memoryitems {
	struct memoryitem *at;
	uint32_t *buckets;
	uint32_t entries;
	uint32_t bucket_mask;
	uint32_t fresh; /* no unused item stands before this one */
	uint32_t count; /* in use */
	uint32_t changed;
	struct memorylist kept;
	struct memorylist passing; /* made up, or not known for long */
};

/* entries: 2 at least. Clear it with memoryitems_clear. Fails: NOMEM. */
enum status memoryitems_init(
    struct memoryitems *items, uint32_t entries) MUST_CHECK;
void memoryitems_clear(struct memoryitems *items);

/* The item of this key, or MEMORY_NOBODY. */
uint32_t memoryitems_find(
    struct memoryitems *items, const unsigned char key[MEMORY_KEY]);

/*
 * A new item of this key, which no other has, passing and without an episode;
 * its times are the caller's to set. Where all are in use, the oldest passing
 * one is forgotten.
 */
uint32_t memoryitems_add(
    struct memoryitems *items, const unsigned char key[MEMORY_KEY]);

/*
 * Put a stored row into its slot, which must be free and its key new. Rows
 * come oldest first, so each becomes the newest of its list.
 */
void memoryitems_put(struct memoryitems *items, const struct memory_row *row);

/* Move to the kept ones; above half of all, the oldest kept one leaves. */
void memoryitems_keep(struct memoryitems *items, uint32_t at);

/* It is the newest of its list now. */
void memoryitems_refresh(struct memoryitems *items, uint32_t at);

/* It is to be written as it is now. */
void memoryitems_change(struct memoryitems *items, uint32_t at);

/* One that is to be written, and is so no more; or MEMORY_NOBODY. */
uint32_t memoryitems_take_changed(struct memoryitems *items);

#endif
