/*
 * arena: memory that is given back all at once.
 *
 * One per mail transaction, one per policy table. What it gives is aligned
 * for any object and lives until arena_reset or arena_free.
 *
 * Threads: one owner. Limits: the ceiling it was made with, in octets.
 */
#ifndef HOPSEAL_BASE_ARENA_H
#define HOPSEAL_BASE_ARENA_H

#include "policy/base/attributes.h"
#include "policy/base/slice.h"
#include "policy/base/status.h"

struct arena;

/*
 * Gives *out, to be freed with arena_free. chunk is the usual size of one
 * request to malloc. Fails: STATUS_NOMEM.
 */
enum status arena_new(size_t chunk, size_t ceiling,
    struct arena **out) MUST_CHECK;

/* Free all; nulls *arena. NULL inside is allowed. */
void arena_free(struct arena **arena);

/* Give back everything at once, keep the first chunk for the next round. */
void arena_reset(struct arena *arena);

/* size octets, zeroed. NULL: no memory, or the ceiling is reached. */
void *arena_alloc(struct arena *arena, size_t size) MUST_CHECK;

/* A NUL-terminated copy of s. NULL as arena_alloc. */
char *arena_copy(struct arena *arena, struct slice s) MUST_CHECK;

/* Octets held from malloc, for tests and metrics. */
size_t arena_held(const struct arena *arena);

#endif
