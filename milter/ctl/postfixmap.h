/*
 * postfixmap: what Postfix's maps answer, asked by its own postmap(1).
 *
 * One map is asked for keys, or listed. Or keys are added, then asked of a
 * list of maps at once, in one run for each: the first map that answers a key
 * counts, as in Postfix. Maps are asked without `proxy:`, so that no
 * proxymap(8) need run, and a socket's relative path is one below the queue
 * directory: Postfix's processes are there, and postmap is not.
 *
 * Threads: one owner. Limits: POSTFIXMAP_KEYS keys, POSTFIXMAP_OUTPUT octets
 * of answers to a map. Source: postmap(1), -q and -s.
 */
#ifndef HOPSEAL_CTL_POSTFIXMAP_H
#define HOPSEAL_CTL_POSTFIXMAP_H

#include "milter/ctl/postfixconf.h"
#include "policy/base/buf.h"

enum { POSTFIXMAP_KEYS = 4000, POSTFIXMAP_OUTPUT = 4 * 1024 * 1024 };

/*
 * Append what map says of keys, one per line: `KEY<HTAB>VALUE`, in their
 * order, without those that have none. Nothing when the map does not work.
 */
void postfixmap_query(const struct postfixconf *conf, struct slice map,
    struct slice keys, struct buf *out);

/* Append all lines of a map, the same; false: its class cannot be listed. */
bool postfixmap_list(const struct postfixconf *conf, struct slice map,
    struct buf *out);

/* The next line of such answers; false: no more. */
bool postfixmap_line(struct slice *answers, struct slice *key,
    struct slice *value);

struct postfixmap;

/* Borrows conf. Gives *out. Fails: NOMEM. */
enum status postfixmap_new(const struct postfixconf *conf,
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
