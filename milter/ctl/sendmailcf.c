#include "milter/ctl/sendmailcf.h"

#include <string.h>

static const struct slice nothing = {NULL, 0};

struct slice
sendmailcf_next(struct slice *rest)
{
	struct slice line = *rest;
	size_t end = 0;

	if (rest->at == NULL || rest->len == 0)
		return nothing;
	while (end < rest->len && (rest->at[end] != '\n' ||
	    (end + 1 < rest->len && (rest->at[end + 1] == ' ' ||
		rest->at[end + 1] == '\t'))))
		end++;
	line.len = end;
	if (end < rest->len)
		end++;
	*rest = slice_make(rest->at + end, rest->len - end);
	return line;
}

static struct slice
after(struct slice line, size_t len)
{
	return slice_trim(slice_make(line.at + len, line.len - len));
}

struct slice
sendmailcf_value(struct slice line, const char *name)
{
	struct slice value, rest;

	if (line.len < 2 || line.at[0] != 'O' || line.at[1] != ' ')
		return nothing;
	rest = after(line, 2);
	value = slice_trim(slice_cut(&rest, '='));
	if (rest.at == NULL || !slice_is_nocase(value, name))
		return nothing;
	return slice_trim(rest);
}

struct slice
sendmailcf_option(struct slice cf, const char *name)
{
	struct slice line, value, last = nothing;

	while ((line = sendmailcf_next(&cf)).at != NULL) {
		value = sendmailcf_value(line, name);
		if (value.at != NULL)
			last = value;
	}
	return last;
}

struct slice
sendmailcf_filter(struct slice cf, struct slice name)
{
	struct slice line, found = nothing;

	while ((line = sendmailcf_next(&cf)).at != NULL) {
		if (line.len == 0 || line.at[0] != 'X')
			continue;
		line = slice_make(line.at + 1, line.len - 1);
		if (slice_equal(slice_trim(slice_cut(&line, ',')), name))
			found = line;
	}
	return found;
}

struct slice
sendmailcf_line(struct slice cf, const char *beginning)
{
	struct slice line, last = nothing;
	size_t len = strlen(beginning);

	while ((line = sendmailcf_next(&cf)).at != NULL)
		if (line.len >= len && memcmp(line.at, beginning, len) == 0)
			last = after(line, len);
	return last;
}

struct slice
sendmailcf_equate(struct slice equates, const char *name)
{
	while (equates.at != NULL) {
		struct slice value = slice_cut(&equates, ',');
		struct slice key = slice_trim(slice_cut(&value, '='));

		if (value.at != NULL && slice_is_nocase(key, name))
			return slice_trim(value);
	}
	return nothing;
}
