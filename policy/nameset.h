/*
 * nameset: normalized names, each with a rule; made for a million of them.
 *
 * A hash table of 8-octet slots over one pool, where each name lies behind its
 * value; a name and all its parents are hashed in one pass and their slots
 * are asked of memory at once.
 * One name has two places: one for entries that speak of the name itself
 * (SCOPE_TREE, SCOPE_SELF), one for SCOPE_BELOW.
 *
 * Threads: as table. Limits: NAMESET_MAX names, names of 255 octets.
 */
#ifndef HOPSEAL_POLICY_NAMESET_H
#define HOPSEAL_POLICY_NAMESET_H

#include <stdint.h>

#include "policy/base/attributes.h"
#include "policy/base/slice.h"
#include "policy/base/status.h"

enum { NAMESET_MAX = 16000000 };

/* Of which names an entry speaks. */
enum scope {
	SCOPE_TREE, /* the domain and everything below it */
	SCOPE_SELF, /* the domain alone (subdomains = false) */
	SCOPE_BELOW /* what is below, not the domain itself (leading dot) */
};

struct nameset;

/*
 * What was found: the name as it was added (borrowed) and its value. The
 * title of a SCOPE_BELOW entry is the name with its leading dot.
 */
struct nameset_hit {
	struct slice name;
	struct slice title;
	uint32_t value;
};

enum status nameset_new(struct nameset **out) MUST_CHECK;
void nameset_free(struct nameset **set);

/* Fails: EXISTS (that place is taken), LIMIT, NOMEM. Copies name. */
enum status nameset_add(struct nameset *set, struct slice name,
    enum scope scope, uint32_t value) MUST_CHECK;

/*
 * The most specific entry that speaks of name: name itself, then its
 * parents. Returns false when there is none.
 */
bool nameset_find(const struct nameset *set, struct slice name,
    struct nameset_hit *out);

/* Called per entry. Returning false ends it. */
typedef bool nameset_visit(void *context, const struct nameset_hit *hit,
    enum scope scope);

/* Every entry, in the order of the additions. */
void nameset_each(const struct nameset *set, nameset_visit *visit,
    void *context);

size_t nameset_count(const struct nameset *set);
size_t nameset_held(const struct nameset *set); /* octets */

#endif
