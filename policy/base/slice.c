#include "policy/base/slice.h"

#include <string.h>

struct slice
slice_of(const char *text)
{
	return slice_make(text, text == NULL ? 0 : strlen(text));
}

struct slice
slice_make(const char *at, size_t len)
{
	struct slice s = {at, len};

	return s;
}

char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
ascii_is_alnum(char c)
{
	return ascii_is_digit(c) ||
	    (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

bool
ascii_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool
slice_equal_nocase(struct slice a, struct slice b)
{
	size_t i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++)
		if (ascii_lower(a.at[i]) != ascii_lower(b.at[i]))
			return false;
	return true;
}

bool
slice_is(struct slice s, const char *text)
{
	return slice_equal(s, slice_of(text));
}

bool
slice_is_nocase(struct slice s, const char *text)
{
	return slice_equal_nocase(s, slice_of(text));
}

bool
slice_begins_nocase(struct slice s, const char *text)
{
	struct slice head = slice_of(text);

	return s.len >= head.len &&
	    slice_equal_nocase(slice_make(s.at, head.len), head);
}

bool
slice_holds(struct slice s, const char *text)
{
	struct slice part = slice_of(text);
	size_t i;

	for (i = 0; i + part.len <= s.len; i++)
		if (slice_equal(slice_make(s.at + i, part.len), part))
			return true;
	return false;
}

struct slice
slice_trim(struct slice s)
{
	while (s.len > 0 && ascii_is_blank(s.at[0])) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && ascii_is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

struct slice
slice_cut(struct slice *rest, char sep)
{
	struct slice head = *rest;
	const char *found = NULL;

	if (head.len > 0)
		found = memchr(head.at, sep, head.len);
	if (found == NULL) {
		*rest = slice_make(NULL, 0);
		return head;
	}
	head.len = (size_t)(found - head.at);
	rest->at = found + 1;
	rest->len -= head.len + 1;
	return head;
}

bool
slice_number(struct slice s, unsigned long max, unsigned long *out)
{
	unsigned long value = 0;
	size_t i;

	if (s.len < 1 || s.len > 10)
		return false;
	for (i = 0; i < s.len; i++) {
		if (!ascii_is_digit(s.at[i]))
			return false;
		value = value * 10 + (unsigned long)(s.at[i] - '0');
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}
