#include "milter/stamp/keyring.h"

#include "milter/stamp/keyrecord.h"

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

/* The next record of that name in *rest, which keeps what follows it. */
static bool
cut_record(struct slice *rest, struct slice name, struct slice *record)
{
	struct slice word;

	while (rest->len > 0) {
		*record = slice_trim(slice_cut(rest, '\n'));
		if (record->len == 0 || record->at[0] == '#')
			continue;
		word = without_final_dot(cut_word(record));
		if (slice_equal_nocase(word, name))
			return true;
	}
	return false;
}

bool
keyring_find(struct slice text, struct slice name, struct slice *record)
{
	struct slice rest = text, next;
	bool found = false;

	name = without_final_dot(name);
	while (cut_record(&rest, name, &next)) {
		if (found && !keyrecord_is_revoked(next))
			continue;
		*record = next;
		found = true;
	}
	return found;
}
