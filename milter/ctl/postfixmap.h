/*
 * postfixmap: what Postfix's maps answer, asked by its own postmap(1).
 *
 * Keys are added, then asked of a list of maps at once, in one run for each:
 * the first map that answers a key counts, as in Postfix.
 *
 * Threads: one owner. Limits: POSTFIXMAP_KEYS keys, POSTFIXMAP_OUTPUT octets
 * of answers to a map. Source: postmap(1), -q.
 */
#ifndef HOPSEAL_CTL_POSTFIXMAP_H
#define HOPSEAL_CTL_POSTFIXMAP_H

#include "policy/base/buf.h"

enum { POSTFIXMAP_KEYS = 4000, POSTFIXMAP_OUTPUT = 4 * 1024 * 1024 };

struct postfixmap;

/*
 * The name of a map as postmap takes it, cut at size octets: without
 * `proxy:`, so that no proxymap(8) need run.
 */
void postfixmap_name(struct slice map, char *out, size_t size);

/* folder is main.cf's. Gives *out. Fails: NOMEM. */
enum status postfixmap_new(const char *folder,
    struct postfixmap **out) MUST_CHECK;
void postfixmap_free(struct postfixmap **map);

/* Returns false when there are too many, or no memory. Copies key. */
bool postfixmap_add(struct postfixmap *map, struct slice key);

/* Ask a list of maps, as a parameter has it, for all that has no answer. */
void postfixmap_ask(struct postfixmap *map, const char *maps);

/* Key number i, NULL behind the last, and its answer, NULL: none. */
const char *postfixmap_key(const struct postfixmap *map, size_t i);
const char *postfixmap_answer(const struct postfixmap *map, size_t i);

#endif
