#include "milter/ctl/postfixlist.h"

#include <string.h>

static bool
ends_element(char c)
{
	return c == ',' || ascii_is_blank(c);
}

static size_t
braced_len(struct slice text)
{
	size_t i, depth = 0;

	for (i = 0; i < text.len; i++) {
		depth += text.at[i] == '{';
		depth -= text.at[i] == '}';
		if (depth == 0)
			return i + 1;
	}
	return text.len;
}

/* `inline:{a=b, c=d}` is one. */
static size_t
plain_len(struct slice text)
{
	size_t len = 0;

	while (len < text.len && !ends_element(text.at[len]))
		len += text.at[len] != '{' ? 1 : braced_len(slice_make(
		    text.at + len, text.len - len));
	return len;
}

struct slice
postfixlist_next(struct slice *rest)
{
	struct slice element;
	size_t len = 0;

	while (rest->len > 0 && ends_element(rest->at[0]))
		*rest = slice_make(rest->at + 1, rest->len - 1);
	if (rest->len == 0)
		return slice_make(NULL, 0);
	if (rest->at[0] == '{')
		len = braced_len(*rest);
	else
		len = plain_len(*rest);
	element = slice_make(rest->at, len);
	*rest = slice_make(rest->at + len, rest->len - len);
	if (element.at[0] == '{') {
		element = slice_make(element.at + 1, element.len - 1);
		if (element.len > 0 && element.at[element.len - 1] == '}')
			element.len--;
		element = slice_trim(element);
	}
	return element;
}

bool
postfixlist_has(const char *list, const char *word)
{
	struct slice rest = slice_of(list), element;

	while ((element = postfixlist_next(&rest)).at != NULL)
		if (slice_is_nocase(element, word))
			return true;
	return false;
}

struct postfix_milter
postfixlist_milter(struct slice element)
{
	struct postfix_milter milter = {.socket = postfixlist_next(&element)};
	struct slice option;

	/* Blanks around `=` are allowed: so cut at commas here. */
	while (element.len > 0) {
		struct slice name;

		option = slice_cut(&element, ',');
		name = slice_trim(slice_cut(&option, '='));
		if (slice_is(name, "default_action"))
			milter.default_action = slice_trim(option);
	}
	return milter;
}

static bool
is_old(struct slice version)
{
	return slice_is_nocase(version, "TLSv1") ||
	    slice_is_nocase(version, "TLSv1.1") ||
	    slice_is_nocase(version, "SSLv3") ||
	    slice_is_nocase(version, "SSLv2") || slice_is(version, "0301") ||
	    slice_is(version, "0302");
}

bool
postfixlist_allows_old_tls(const char *protocols)
{
	struct slice rest = slice_of(protocols), word;
	bool names_some = false, names_old = false;
	bool no_10 = false, no_11 = false;

	while ((word = postfixlist_next(&rest)).at != NULL) {
		if (word.len > 2 && memcmp(word.at, ">=", 2) == 0)
			return is_old(slice_make(word.at + 2, word.len - 2));
		if (word.at[0] == '!') {
			no_10 |= slice_is_nocase(word, "!TLSv1");
			no_11 |= slice_is_nocase(word, "!TLSv1.1");
		} else if (word.at[0] != '<') {
			names_some = true;
			names_old |= is_old(word);
		}
	}
	return names_some ? names_old : !(no_10 && no_11);
}

struct slice
postfixlist_socketmap(struct slice map, const char *name)
{
	static const char kind[] = "socketmap:";
	size_t len = map.len;

	if (!slice_begins_nocase(map, kind))
		return slice_make(NULL, 0);
	while (len > 0 && map.at[len - 1] != ':')
		len--;
	if (len < sizeof(kind) ||
	    !slice_is(slice_make(map.at + len, map.len - len), name))
		return slice_make(NULL, 0);
	return slice_make(map.at + sizeof(kind) - 1, len - sizeof(kind));
}
