/*
 * words: a closed list of allowed words, and which one was meant.
 *
 * Threads: no state.
 */
#ifndef HOPSEAL_CONFIG_WORDS_H
#define HOPSEAL_CONFIG_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct words {
	const char *const *word;
	size_t count;
};

/* The index of text in words, as an enum's value. Exact compare. */
bool words_find(const struct words *words, const char *text, unsigned *out);

/*
 * The word that is one or two slips of the pen (a letter more, less or
 * other) from text, without regard to case; NULL when none is near.
 */
const char *words_nearest(const struct words *words, const char *text);

/* Write "a, b, c" to out, cut at size. */
void words_list(const struct words *words, char *out, size_t size);

#endif
