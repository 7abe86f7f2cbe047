#include "milter/config/words.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/slice.h"

enum { WORD_MAX = 32 };

bool
words_find(const struct words *words, const char *text, unsigned *out)
{
	size_t i;

	for (i = 0; i < words->count; i++) {
		if (strcmp(words->word[i], text) == 0) {
			*out = (unsigned)i;
			return true;
		}
	}
	return false;
}

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein's distance of two texts of at most WORD_MAX octets. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[WORD_MAX + 1];
	size_t a_len = strlen(a), b_len = strlen(b);
	size_t i, j;

	for (j = 0; j <= b_len; j++)
		row[j] = (unsigned)j;
	for (i = 1; i <= a_len; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (j = 1; j <= b_len; j++) {
			unsigned above = row[j];
			bool same = ascii_lower(a[i - 1]) ==
			    ascii_lower(b[j - 1]);

			row[j] = least(above + 1, row[j - 1] + 1,
			    diagonal + (same ? 0 : 1));
			diagonal = above;
		}
	}
	return row[b_len];
}

/* Can a text of len octets and the word be nearer than that? */
static bool
may_be_nearer(size_t len, const char *word, unsigned than)
{
	size_t other = strlen(word);

	return other <= WORD_MAX && other + than > len && len + than > other;
}

const char *
words_nearest(const struct words *words, const char *text)
{
	const char *nearest = NULL;
	size_t len = strlen(text);
	unsigned best = len < 4 ? 2 : 3; /* nearer than this */
	size_t i;

	if (len > WORD_MAX)
		return NULL;
	for (i = 0; i < words->count; i++) {
		unsigned away;

		if (!may_be_nearer(len, words->word[i], best))
			continue;
		away = distance(text, words->word[i]);
		if (away < best) {
			best = away;
			nearest = words->word[i];
		}
	}
	return nearest;
}

void
words_list(const struct words *words, char *out, size_t size)
{
	size_t used = 0;
	size_t i;

	out[0] = '\0';
	for (i = 0; i < words->count && used < size; i++) {
		int len = snprintf(out + used, size - used, "%s%s",
		    i == 0 ? "" : ", ", words->word[i]);

		used += len < 0 ? 0 : (size_t)len;
	}
}
