/*
 * namepool: the entries of a nameset, one after the other in one piece.
 *
 * Each has its text behind it: what a look-up reads of an entry is mostly
 * one line of the cache. A SCOPE_BELOW entry has its dot in front of the text.
 * An entry is named by its offset, as the piece moves when it grows.
 *
 * Threads: as nameset. Limits: 4 GB, texts of 255 octets.
 */
#ifndef HOPSEAL_POLICY_NAMEPOOL_H
#define HOPSEAL_POLICY_NAMEPOOL_H

#include "policy/nameset.h"

/* All zero at the start. */
struct namepool {
	char *data;
	size_t len;
	size_t room;
};

struct namepool_entry {
	uint32_t value;
	uint8_t len;   /* of the text without that dot */
	uint8_t scope; /* an enum scope */
};

/* An entry and where its text is: without its dot, which is in front. */
struct namepool_found {
	struct namepool_entry entry;
	const char *text; /* NULL: there is no entry */
};

void namepool_clear(struct namepool *pool);

/* Room for size octets more. Fails: LIMIT, NOMEM. */
enum status namepool_reserve(struct namepool *pool, size_t size) MUST_CHECK;

/* Put it behind the last one. Room was reserved. Returns its offset. */
uint32_t namepool_put(struct namepool *pool,
    const struct namepool_entry *entry, struct slice name);

/* Octets of an entry and its text: the next one lies that much further. */
size_t namepool_size(const struct namepool_entry *entry);

/* What is at that offset. Borrows: until the next namepool_reserve. */
struct namepool_found namepool_at(const struct namepool *pool, size_t offset);

/* Its text, without the dot. */
struct slice namepool_name(const struct namepool_found *found);

#endif
