#include "milter/ctl/attachconf.h"

#include <stdio.h>
#include <string.h>

#include "milter/system/input.h"

enum { QUOTED_LEN = 64 };

static bool
is_comment(struct slice line)
{
	line = slice_trim(line);
	return line.len == 0 || line.at[0] == '#' ||
	    slice_begins_nocase(line, "//");
}

/* Put a line with socket where usual stands in it, unless it is a comment. */
static bool
replace_in_line(struct slice line, struct slice usual, const char *socket,
    struct buf *out)
{
	size_t at = 0;

	while (at + usual.len <= line.len &&
	    memcmp(line.at + at, usual.at, usual.len) != 0)
		at++;
	if (at + usual.len > line.len || is_comment(line)) {
		buf_put_slice(out, line);
		return false;
	}
	buf_put_slice(out, slice_make(line.at, at));
	buf_printf(out, "\"%s\"", socket);
	at += usual.len;
	buf_put_slice(out, slice_make(line.at + at, line.len - at));
	return true;
}

/* The same of a whole text. Returns whether usual stood anywhere. */
static bool
replace_socket(struct slice text, const char *usual, const char *socket,
    struct buf *out)
{
	char quoted[QUOTED_LEN];
	bool found = false;

	(void)snprintf(quoted, sizeof(quoted), "\"%s\"", usual);
	while (text.at != NULL && text.len > 0) {
		struct slice line = slice_cut(&text, '\n');

		if (replace_in_line(line, slice_of(quoted), socket, out))
			found = true;
		buf_putc(out, '\n');
	}
	return found;
}

void
attachconf_new(const struct attach_view *view, struct buf *out)
{
	buf_puts(out, "# Made by hopseal attach; hopseal.conf(5) explains "
	    "every option.\n# It observes and records; hopseald(8) has the "
	    "way to enforcement.\noperation = \"observe\"\n");
	buf_printf(out, "socket = \"%s\"\nsocket-group = \"%s\"\n",
	    view->socket, view->group == NULL ? "none" : view->group);
	if (view->nexthop != NULL)
		buf_printf(out, "nexthop {\n\tsocket = \"%s\"\n}\n",
		    view->nexthop);
}

static void
edit_milter(struct slice text, const char *socket, struct buf *out,
    struct buf *shown)
{
	buf_printf(shown, "socket = \"%s\"\n", socket);
	if (!replace_socket(text, ATTACHCONF_SOCKET, socket, out))
		buf_printf(out, "socket = \"%s\"\n", socket);
}

static void
edit_nexthop(struct slice text, const char *socket, struct buf *out,
    struct buf *shown)
{
	buf_printf(shown, "nexthop { socket = \"%s\" }\n", socket);
	if (!replace_socket(text, ATTACHCONF_NEXTHOP, socket, out))
		buf_printf(out, "nexthop {\n\tsocket = \"%s\"\n}\n", socket);
}

enum status
attachconf_edit(const struct attach *attach, const struct attach_view *view,
    struct buf *out, struct buf *shown, struct fault *fault)
{
	const struct config *config = attach->config;
	struct buf text, half;
	enum status status;

	buf_init(&text, ATTACHCONF_MAX);
	buf_init(&half, ATTACHCONF_MAX);
	status = input_read_regular(attach->config_file, &text, fault);
	if (status == STATUS_OK && strcmp(view->socket, config->socket) != 0)
		edit_milter(buf_slice(&text), view->socket, &half, shown);
	else
		buf_put_slice(&half, buf_slice(&text));
	if (status == STATUS_OK && view->nexthop != NULL &&
	    strcmp(view->nexthop, config->nexthop.socket) != 0)
		edit_nexthop(buf_slice(&half), view->nexthop, out, shown);
	else
		buf_put_slice(out, buf_slice(&half));
	buf_clear(&half);
	buf_clear(&text);
	return status;
}
