#include "milter/stamp/mbox.h"

#include <string.h>

/* Is it a line that mboxrd quotes: ">" and, after more of it, "From "? */
static bool
is_quoted_from(struct slice line)
{
	size_t i = 0;

	while (i < line.len && line.at[i] == '>')
		i++;
	return i > 0 && line.len - i >= 5 &&
	    memcmp(line.at + i, "From ", 5) == 0;
}

void
mbox_put_unquoted(struct slice body, struct canon_body *canon)
{
	while (body.len > 0) {
		const char *end = memchr(body.at, '\n', body.len);
		size_t len = end == NULL ? body.len
					 : (size_t)(end - body.at) + 1;
		size_t skip = is_quoted_from(slice_make(body.at, len)) ? 1 : 0;

		canon_body_put(canon, body.at + skip, len - skip);
		body = slice_make(body.at + len, body.len - len);
	}
}
