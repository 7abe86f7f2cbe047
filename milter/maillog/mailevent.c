#include "milter/maillog/mailevent.h"

#include <string.h>

const char *
mailevent_find(struct slice text, const char *word)
{
	size_t len = strlen(word);
	const char *at = text.at, *end = text.at + text.len;

	while (at != NULL && (size_t)(end - at) >= len) {
		at = memchr(at, word[0], (size_t)(end - at) - len + 1);
		if (at == NULL || memcmp(at, word, len) == 0)
			return at;
		at++;
	}
	return NULL;
}

struct slice
mailevent_from(struct slice text, const char *at, size_t count)
{
	size_t used = (size_t)(at - text.at) + count;

	return slice_make(text.at + used, text.len - used);
}

bool
mailevent_address(struct slice text, struct slice *out, struct slice *rest)
{
	bool quoted = false;
	size_t i;

	if (text.len == 0 || text.at[0] != '<')
		return false;
	for (i = 1; i < text.len; i++) {
		if (text.at[i] == '\\' && quoted)
			i++;
		else if (text.at[i] == '"')
			quoted = !quoted;
		else if (text.at[i] == '>' && !quoted)
			break;
	}
	if (i >= text.len)
		return false;
	*out = slice_make(text.at + 1, i - 1);
	*rest = slice_make(text.at + i + 1, text.len - i - 1);
	return true;
}

/* What does not close because of a quote in it may still stand in two. */
static struct slice
without_brackets(struct slice text)
{
	struct slice inner = slice_trim(text);

	if (inner.len < 2 || inner.at[0] != '<' ||
	    inner.at[inner.len - 1] != '>')
		return inner;
	return slice_make(inner.at + 1, inner.len - 2);
}

bool
mailevent_recipient(struct slice *rest, struct slice *out)
{
	struct slice after;

	if (rest->len == 0)
		return false;
	if (mailevent_address(*rest, out, &after)) {
		(void)slice_cut(&after, ',');
		*rest = after;
	} else {
		*out = without_brackets(slice_cut(rest, ','));
	}
	return true;
}

unsigned
mailevent_bits(struct slice text)
{
	struct slice rest = text;
	unsigned long bits;

	if (!slice_number(slice_cut(&rest, '/'), 99999, &bits))
		return 0;
	return (unsigned)bits;
}
