#include "milter/ctl/accessmap.h"

#include <string.h>

enum { MAP_MAX = 64 * 1024 * 1024, KEY_MAX = 255 };

static const char tag[] = "TLS_Rcpt:";

/* The key of a line; its at is NULL when the line speaks of something else. */
static struct slice
key_of(struct slice line)
{
	struct slice key = slice_make(NULL, 0);

	if (!slice_begins_nocase(line, tag))
		return key;
	key = slice_make(line.at + strlen(tag), 0);
	while (key.at + key.len < line.at + line.len &&
	    !ascii_is_blank(key.at[key.len]))
		key.len++;
	return key;
}

static enum status
take_line(struct accessmap *map, struct slice line)
{
	struct slice key = key_of(line);
	char lower[KEY_MAX];
	enum status status;
	size_t i;

	if (key.at == NULL || key.len > sizeof(lower))
		return STATUS_OK;
	if (key.len == 0) {
		map->has_default = true;
		return STATUS_OK;
	}
	for (i = 0; i < key.len; i++)
		lower[i] = ascii_lower(key.at[i]);
	status = nameset_add(map->keys, slice_make(lower, key.len), SCOPE_TREE,
	    0);
	return status == STATUS_EXISTS ? STATUS_OK : status;
}

enum status
accessmap_read(const char *path, struct accessmap *out, struct fault *fault)
{
	struct slice rest;
	struct buf text;
	enum status status;

	out->keys = NULL;
	out->has_default = false;
	buf_init(&text, MAP_MAX);
	status = input_read_regular(path, &text, fault);
	if (status == STATUS_OK && nameset_new(&out->keys) != STATUS_OK)
		status = fault_set(fault, STATUS_NOMEM, "out of memory");
	rest = buf_slice(&text);
	while (status == STATUS_OK && rest.at != NULL)
		if (take_line(out, slice_cut(&rest, '\n')) != STATUS_OK)
			status = fault_set(fault, STATUS_NOMEM,
			    "out of memory");
	buf_clear(&text);
	if (status != STATUS_OK)
		accessmap_clear(out);
	return status;
}

void
accessmap_clear(struct accessmap *map)
{
	nameset_free(&map->keys);
}

bool
accessmap_speaks(const struct accessmap *map, struct slice key)
{
	struct nameset_hit hit;

	return map->has_default || nameset_find(map->keys, key, &hit);
}
