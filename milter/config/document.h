/*
 * document: a parsed configuration as blocks of settings, all still text.
 *
 * The parser fills it; everything behind it knows nothing of libconfuse. A
 * block is one section as it stands in a file; all settings outside of
 * sections make one block of kind "". Every word knows its place.
 *
 * Threads: one owner. Memory: the document's arena.
 */
#ifndef HOPSEAL_CONFIG_DOCUMENT_H
#define HOPSEAL_CONFIG_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/base/arena.h"
#include "policy/base/status.h"

/* A value as it was written. file is NULL for a built-in default. */
struct word {
	const char *text;
	const char *file;
	unsigned line;
};

/* A scalar has one word, a list any number. */
struct setting {
	const char *name;
	size_t count;
	const struct word *words;
};

struct block {
	struct block *next;
	const char *kind;  /* "", "stamp", "policy", ... */
	const char *title; /* NULL: this kind has none */
	const char *file;
	unsigned line;
	size_t count;
	struct setting *settings;
};

struct document {
	struct arena *arena;
	struct block *first;
	struct block *last;
	size_t count;
	bool is_complete; /* false: a syntax error cut something off */
};

/* The setting of that name, or NULL. */
const struct setting *block_find(const struct block *block, const char *name);

/* Where the block begins, as a word with the text of its title. */
struct word block_place(const struct block *block);

/*
 * Append a block with room for count settings, to be filled by the caller.
 * Borrows kind. NULL: no memory.
 */
struct block *document_add(struct document *document, const char *kind,
    size_t count) MUST_CHECK;

#endif
