/*
 * networkset: a number for each of many networks, found by an address in it.
 *
 * The longest prefix counts. Lookup costs one binary search per prefix length
 * that occurs.
 *
 * Threads: one builder; after networkset_freeze any number of readers.
 */
#ifndef HOPSEAL_POLICY_NETWORKSET_H
#define HOPSEAL_POLICY_NETWORKSET_H

#include <stdint.h>

#include "policy/base/attributes.h"
#include "policy/base/status.h"
#include "policy/network.h"

struct networkset;

struct networkset_hit {
	uint32_t value;
	struct slice title;
};

/* An empty set. Fails: NOMEM. */
enum status networkset_new(struct networkset **out) MUST_CHECK;
void networkset_free(struct networkset **set);

/* Add a network; title, as it was written, is borrowed. Fails: NOMEM. */
enum status networkset_add(struct networkset *set, const struct network *net,
    struct slice title, uint32_t value) MUST_CHECK;

size_t networkset_count(const struct networkset *set);

/* No more additions after this. Fails: EXISTS (a network stands twice). */
enum status networkset_freeze(struct networkset *set) MUST_CHECK;

/* Returns false when no network of the frozen set holds addr. */
bool networkset_find(const struct networkset *set, const struct ipaddr *addr,
    struct networkset_hit *out);

#endif
