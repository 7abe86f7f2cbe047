#include "milter/ctl/escape.h"

enum { ELLIPSIS = 3, ESCAPED = 4 };

static bool
is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '\\';
}

/* Columns of the next piece; *used: octets of text that it stands for. */
static size_t
width_of(struct slice rest, size_t *used)
{
	*used = 0;
	while (*used < rest.len && ascii_is_blank(rest.at[*used]))
		(*used)++;
	if (*used > 0)
		return 1;
	*used = 1;
	return is_plain(rest.at[0]) ? 1 : ESCAPED;
}

static bool
fits(struct slice text, size_t columns)
{
	size_t used, width = 0;

	while (text.len > 0 && width <= columns) {
		width += width_of(text, &used);
		text = slice_make(text.at + used, text.len - used);
	}
	return width <= columns;
}

void
escape_put(struct buf *out, struct slice text, size_t columns)
{
	struct slice rest = slice_trim(text);
	bool cut = !fits(rest, columns);
	size_t left = cut ? columns - ELLIPSIS : columns;
	size_t used, width;

	while (rest.len > 0) {
		width = width_of(rest, &used);
		if (width > left)
			break;
		left -= width;
		if (width == ESCAPED)
			buf_printf(out, "\\x%02X", (unsigned char)rest.at[0]);
		else
			buf_putc(out,
			    ascii_is_blank(rest.at[0]) ? ' ' : rest.at[0]);
		rest = slice_make(rest.at + used, rest.len - used);
	}
	if (cut)
		buf_puts(out, "...");
}
