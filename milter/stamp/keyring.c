#include "milter/stamp/keyring.h"

static struct slice
without_final_dot(struct slice name)
{
	if (name.len > 0 && name.at[name.len - 1] == '.')
		name.len--;
	return name;
}

/* The word at the front of *line, which keeps what follows it. */
static struct slice
cut_word(struct slice *line)
{
	size_t len = 0;
	struct slice word;

	while (len < line->len && !ascii_is_blank(line->at[len]))
		len++;
	word = slice_make(line->at, len);
	*line = slice_trim(slice_make(line->at + len, line->len - len));
	return word;
}

bool
keyring_find(struct slice text, struct slice name, struct slice *record)
{
	struct slice rest = text, line, word;

	name = without_final_dot(name);
	while (rest.len > 0) {
		line = slice_trim(slice_cut(&rest, '\n'));
		if (line.len == 0 || line.at[0] == '#')
			continue;
		word = without_final_dot(cut_word(&line));
		if (!slice_equal_nocase(word, name))
			continue;
		*record = line;
		return true;
	}
	return false;
}
