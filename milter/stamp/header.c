#include "milter/stamp/header.h"

#include <stdlib.h>
#include <string.h>

/* The length of the line at the front of s, its line end included. */
static size_t
line_length(struct slice s)
{
	const char *end = s.len > 0 ? memchr(s.at, '\n', s.len) : NULL;

	return end == NULL ? s.len : (size_t)(end - s.at) + 1;
}

static struct slice
without_line_end(struct slice s)
{
	if (s.len > 0 && s.at[s.len - 1] == '\n')
		s.len--;
	if (s.len > 0 && s.at[s.len - 1] == '\r')
		s.len--;
	return s;
}

/* The length of a field with its continuation lines. */
static size_t
field_length(struct slice s)
{
	size_t len = line_length(s);

	while (len < s.len && (s.at[len] == ' ' || s.at[len] == '\t'))
		len += line_length(slice_make(s.at + len, s.len - len));
	return len;
}

/* field = 1*ftext *WSP ":" value; ftext = %d33-57 / %d59-126 */
static bool
read_field(struct slice text, struct header_field *out)
{
	size_t len = 0, i;

	while (len < text.len && text.at[len] >= 33 && text.at[len] <= 126 &&
	    text.at[len] != ':')
		len++;
	for (i = len; i < text.len && ascii_is_blank(text.at[i]); i++)
		if (text.at[i] == '\n')
			return false;
	if (len == 0 || i == text.len || text.at[i] != ':')
		return false;
	out->name = slice_make(text.at, len);
	out->value = without_line_end(
	    slice_make(text.at + i + 1, text.len - i - 1));
	out->taken = false;
	return true;
}

/* Is there a NUL, or a CR that ends no line? */
static bool
hides_text(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.at[i] == '\0' || (s.at[i] == '\r' &&
		    (i + 1 == s.len || s.at[i + 1] != '\n')))
			return true;
	return false;
}

/*
 * The line of mbox that begins a message; 0 when there is none. One in which
 * a mail client may see fields is none.
 */
static size_t
separator_length(struct slice s)
{
	size_t i = 5;

	if (s.len <= 5 || memcmp(s.at, "From ", 5) != 0)
		return 0;
	while (i < s.len && (s.at[i] == ' ' || s.at[i] == '\t'))
		i++;
	if ((i < s.len && s.at[i] == ':') ||
	    hides_text(slice_make(s.at, line_length(s))))
		return 0;
	return line_length(s);
}

static enum status
append(struct header *header, const struct header_field *field)
{
	struct header_field *grown;
	size_t room = header->room == 0 ? 32 : header->room * 2;

	if (header->count == HEADER_FIELDS)
		return STATUS_LIMIT;
	if (header->count == header->room) {
		grown = realloc(header->fields, room * sizeof(*grown));
		if (grown == NULL)
			return STATUS_NOMEM;
		header->fields = grown;
		header->room = room;
	}
	header->fields[header->count++] = *field;
	return STATUS_OK;
}

enum status
header_read(struct slice message, struct header *out)
{
	struct slice rest = message;
	struct header_field field;
	enum status status;
	size_t len;

	memset(out, 0, sizeof(*out));
	len = separator_length(rest);
	rest = slice_make(rest.at + len, rest.len - len);
	while (rest.len > 0 && without_line_end(slice_make(rest.at,
				   line_length(rest))).len > 0) {
		len = field_length(rest);
		if (!read_field(slice_make(rest.at, len), &field))
			break;
		status = append(out, &field);
		rest = slice_make(rest.at + len, rest.len - len);
		if (message.len - rest.len > HEADER_MAX)
			return STATUS_LIMIT;
		if (status != STATUS_OK)
			return status;
	}
	len = line_length(rest);
	if (without_line_end(slice_make(rest.at, len)).len == 0)
		rest = slice_make(rest.at + len, rest.len - len);
	out->body = rest;
	return STATUS_OK;
}

void
header_clear(struct header *header)
{
	free(header->fields);
	memset(header, 0, sizeof(*header));
}

void
header_begin_taking(struct header *header, size_t index)
{
	size_t i;

	for (i = 0; i < header->count; i++)
		header->fields[i].taken = i == index;
}

const struct header_field *
header_take_last(struct header *header, struct slice name)
{
	size_t i;

	for (i = header->count; i > 0; i--) {
		struct header_field *field = &header->fields[i - 1];

		if (!field->taken && slice_equal_nocase(field->name, name)) {
			field->taken = true;
			return field;
		}
	}
	return NULL;
}

static bool
field_hides_text(const struct header_field *field)
{
	const char *end = field->value.at + field->value.len;

	return hides_text(slice_make(field->name.at,
	    (size_t)(end - field->name.at)));
}

bool
header_hides_text(const struct header *header)
{
	size_t i;

	for (i = 0; i < header->count; i++)
		if (!header->fields[i].taken &&
		    field_hides_text(&header->fields[i]))
			return true;
	return false;
}
