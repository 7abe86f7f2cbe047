#include "milter/ctl/postfixresults.h"

#include <stdio.h>

#include "milter/ctl/postfixlist.h"
#include "milter/ctl/postfixmap.h"
#include "milter/system/input.h"

enum { PATH_LEN = 4096, LINE_LEN_MAX = 64 * 1024 };

/* A map whose lines are read here. */
struct reading {
	bool is_cidr;
	postfixresults_is *is;
	void *context;
};

/* Behind the pattern and its flags; len 0: the line has none. */
static struct slice
behind_pattern(struct slice line)
{
	size_t i = 1;

	while (line.len > 0 &&
	    (line.at[0] == '!' || ascii_is_blank(line.at[0])))
		line = slice_make(line.at + 1, line.len - 1);
	while (i < line.len && line.at[i] != line.at[0])
		i += line.at[i] == '\\' ? 2 : 1;
	while (i < line.len && !ascii_is_blank(line.at[i]))
		i++;
	return i < line.len
	    ? slice_trim(slice_make(line.at + i, line.len - i))
	    : slice_make(line.at, 0);
}

static bool
is_condition(struct slice line)
{
	return slice_begins_nocase(line, "if ") ||
	    slice_begins_nocase(line, "if/") ||
	    slice_begins_nocase(line, "if!") ||
	    slice_begins_nocase(line, "endif");
}

static bool
line_is(const struct reading *reading, struct slice line)
{
	size_t i = 0;

	line = slice_trim(line);
	if (line.len == 0 || is_condition(line))
		return false;
	if (!reading->is_cidr)
		line = behind_pattern(line);
	else {
		while (i < line.len && !ascii_is_blank(line.at[i]))
			i++;
		line = slice_trim(slice_make(line.at + i, line.len - i));
	}
	return line.len > 0 && reading->is(reading->context, line);
}

/* A line that begins with a blank continues the one before. */
static bool
text_has(const struct reading *reading, struct slice rest)
{
	struct buf whole;
	bool found = false;

	buf_init(&whole, LINE_LEN_MAX);
	while (rest.at != NULL && !found) {
		struct slice line = slice_cut(&rest, '\n');

		if (slice_trim(line).len == 0 ||
		    slice_trim(line).at[0] == '#')
			continue;
		if (!ascii_is_blank(line.at[0])) {
			found = line_is(reading, buf_slice(&whole));
			buf_reset(&whole);
		}
		buf_put_slice(&whole, line);
	}
	found = found || line_is(reading, buf_slice(&whole));
	buf_clear(&whole);
	return found;
}

static bool
file_has(const struct reading *reading, struct slice file)
{
	char path[PATH_LEN];
	struct buf text;
	bool found = false;

	(void)snprintf(path, sizeof(path), "%.*s", (int)file.len, file.at);
	buf_init(&text, POSTFIXRESULTS_MAX);
	if (input_read_regular(path, &text, NULL) == STATUS_OK)
		found = text_has(reading, buf_slice(&text));
	buf_clear(&text);
	return found;
}

/* `{{/x/ FILTER smtp:}, {/y/ OK}}`. */
static bool
braces_have(const struct reading *reading, struct slice braced)
{
	struct slice rest = postfixlist_next(&braced), line;

	while ((line = postfixlist_next(&rest)).at != NULL)
		if (line_is(reading, line))
			return true;
	return false;
}

static bool
listed_has(const struct postfixconf *conf, struct slice map,
    postfixresults_is *is, void *context)
{
	struct slice rest, key, value;
	struct buf lines;
	bool found = false;

	buf_init(&lines, POSTFIXRESULTS_MAX);
	if (!postfixmap_list(conf, map, &lines))
		buf_reset(&lines);
	rest = buf_slice(&lines);
	while (!found && postfixmap_line(&rest, &key, &value))
		found = value.len > 0 && is(context, value);
	buf_clear(&lines);
	return found;
}

bool
postfixresults_has(const struct postfixconf *conf, struct slice map,
    postfixresults_is *is, void *context)
{
	struct reading reading = {.is = is, .context = context};
	struct slice name = map, type;

	if (slice_begins_nocase(name, "proxy:"))
		(void)slice_cut(&name, ':');
	type = slice_cut(&name, ':');
	reading.is_cidr = slice_is(type, "cidr");
	if (name.len == 0)
		return false;
	if (slice_is(type, "static"))
		return is(context, name.at[0] == '{' ? postfixlist_next(&name)
						     : name);
	if (!reading.is_cidr && !slice_is(type, "regexp") &&
	    !slice_is(type, "pcre"))
		return listed_has(conf, map, is, context);
	return name.at[0] == '{' ? braces_have(&reading, name)
				 : file_has(&reading, name);
}

bool
postfixresults_any(const struct postfixconf *conf, const char *maps,
    postfixresults_is *is, void *context)
{
	struct slice rest = slice_of(maps), map;

	while ((map = postfixlist_next(&rest)).at != NULL)
		if (postfixresults_has(conf, map, is, context))
			return true;
	return false;
}
