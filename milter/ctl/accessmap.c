#include "milter/ctl/accessmap.h"

#include <stdlib.h>
#include <string.h>

enum { MAP_MAX = 64 * 1024 * 1024, KEY_MAX = 255 };

static const char tag[] = "TLS_Rcpt:";

/* `TLS_Rcpt:KEY DEMAND`; false: the line speaks of something else. */
static bool
read_line(struct slice line, struct accessline *out)
{
	size_t end = strlen(tag);
	struct slice demand;

	if (!slice_begins_nocase(line, tag))
		return false;
	while (end < line.len && !ascii_is_blank(line.at[end]))
		end++;
	out->key = slice_make(line.at + strlen(tag), end - strlen(tag));
	demand = slice_trim(slice_make(line.at + end, line.len - end));
	out->demand = accessdemand_parse(demand);
	return demand.len > 0;
}

static size_t
count_lines(struct slice text)
{
	struct accessline line;
	size_t count = 0;

	while (text.at != NULL)
		count += read_line(slice_cut(&text, '\n'), &line);
	return count;
}

/* Users' lines are found by nobody who asks for a domain. */
static enum status
add_key(struct accessmap *map, size_t number)
{
	struct slice key = map->line[number].key;
	char lower[KEY_MAX];
	enum status status;
	size_t i;

	if (key.len == 0 && map->all == NULL)
		map->all = &map->line[number];
	if (key.len == 0 || key.len > sizeof(lower) ||
	    memchr(key.at, '@', key.len) != NULL)
		return STATUS_OK;
	for (i = 0; i < key.len; i++)
		lower[i] = ascii_lower(key.at[i]);
	status = nameset_add(map->keys, slice_make(lower, key.len), SCOPE_TREE,
	    (uint32_t)number);
	return status == STATUS_EXISTS ? STATUS_OK : status;
}

static enum status
take_lines(struct accessmap *map)
{
	struct slice rest = buf_slice(&map->text);
	enum status status = nameset_new(&map->keys);

	map->line = calloc(count_lines(rest) + 1, sizeof(*map->line));
	if (map->line == NULL)
		return STATUS_NOMEM;
	while (status == STATUS_OK && rest.at != NULL)
		if (read_line(slice_cut(&rest, '\n'), &map->line[map->count]))
			status = add_key(map, map->count++);
	return status;
}

enum status
accessmap_read(const char *path, struct accessmap *out, struct fault *fault)
{
	enum status status;

	*out = (struct accessmap){.count = 0};
	buf_init(&out->text, MAP_MAX);
	status = input_read_regular(path, &out->text, fault);
	if (status == STATUS_OK && take_lines(out) != STATUS_OK)
		status = fault_set(fault, STATUS_NOMEM, "out of memory");
	if (status != STATUS_OK)
		accessmap_clear(out);
	return status;
}

void
accessmap_clear(struct accessmap *map)
{
	nameset_free(&map->keys);
	free(map->line);
	map->line = NULL;
	map->count = 0;
	map->all = NULL;
	buf_clear(&map->text);
}

const struct accessline *
accessmap_find(const struct accessmap *map, struct slice key)
{
	struct nameset_hit hit;

	if (nameset_find(map->keys, key, &hit))
		return &map->line[hit.value];
	return map->all;
}
