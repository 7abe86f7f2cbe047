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
accessmap_take(struct buf *text, struct accessmap *out, struct fault *fault)
{
	*out = (struct accessmap){.text = *text};
	buf_init(text, MAP_MAX);
	if (take_lines(out) == STATUS_OK)
		return STATUS_OK;
	accessmap_clear(out);
	return fault_set(fault, STATUS_NOMEM, "out of memory");
}

enum status
accessmap_read(const char *path, struct accessmap *out, struct fault *fault)
{
	struct buf text;
	enum status status;

	*out = (struct accessmap){.count = 0};
	buf_init(&text, MAP_MAX);
	status = input_read_regular(path, &text, fault);
	if (status == STATUS_OK)
		status = accessmap_take(&text, out, fault);
	buf_clear(&text);
	return status;
}

/* By key, then as they stand in the text. */
static int
compare_lines(const void *a, const void *b)
{
	const struct accessline *one = a, *two = b;
	size_t least = one->key.len < two->key.len ? one->key.len
						   : two->key.len;
	size_t i;

	for (i = 0; i < least; i++) {
		int left = (unsigned char)ascii_lower(one->key.at[i]);
		int right = (unsigned char)ascii_lower(two->key.at[i]);

		if (left != right)
			return left - right;
	}
	if (one->key.len != two->key.len)
		return one->key.len < two->key.len ? -1 : 1;
	return one->key.at < two->key.at ? -1 : one->key.at > two->key.at;
}

/* The lines of map that count, in order of their keys. */
static struct accessline *
sorted_lines(const struct accessmap *map, size_t *count)
{
	struct accessline *line = calloc(map->count + 1, sizeof(*line));
	size_t i, kept = 0;

	*count = 0;
	if (line == NULL)
		return NULL;
	if (map->count > 0)
		memcpy(line, map->line, map->count * sizeof(*line));
	qsort(line, map->count, sizeof(*line), compare_lines);
	for (i = 0; i < map->count; i++)
		if (kept == 0 ||
		    !slice_equal_nocase(line[kept - 1].key, line[i].key))
			line[kept++] = line[i];
	*count = kept;
	return line;
}

static bool
is_same(const struct accessline *a, const struct accessline *b)
{
	return slice_equal_nocase(a->key, b->key) &&
	    a->demand.kind == b->demand.kind &&
	    a->demand.bits == b->demand.bits &&
	    slice_equal_nocase(a->demand.more, b->demand.more);
}

bool
accessmap_differ(const struct accessmap *a, const struct accessmap *b,
    struct slice *key)
{
	size_t count, others, i = 0;
	struct accessline *line = sorted_lines(a, &count);
	struct accessline *other = sorted_lines(b, &others);
	bool differ = false;

	if (line != NULL && other != NULL) {
		while (i < count && i < others && is_same(&line[i], &other[i]))
			i++;
		differ = i < count || i < others;
	}
	if (differ)
		*key = i < count ? line[i].key : other[i].key;
	free(line);
	free(other);
	return differ;
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
