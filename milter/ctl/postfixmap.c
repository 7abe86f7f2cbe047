#include "milter/ctl/postfixmap.h"

#include <stdio.h>
#include <stdlib.h>

#include "milter/ctl/postfixlist.h"
#include "milter/ctl/program.h"
#include "policy/base/arena.h"

enum { NAME_MAX_LEN = 4096 };

struct postfixmap {
	struct arena *arena;
	const char *folder;
	size_t count;
	const char *key[POSTFIXMAP_KEYS];
	const char *answer[POSTFIXMAP_KEYS];
};

enum status
postfixmap_new(const char *folder, struct postfixmap **out)
{
	struct postfixmap *map = calloc(1, sizeof(*map));

	*out = NULL;
	if (map == NULL)
		return STATUS_NOMEM;
	map->folder = folder;
	if (arena_new(64 * 1024, (size_t)4 * POSTFIXMAP_OUTPUT,
		&map->arena) == STATUS_OK)
		*out = map;
	else
		free(map);
	return *out == NULL ? STATUS_NOMEM : STATUS_OK;
}

void
postfixmap_free(struct postfixmap **map)
{
	if (*map == NULL)
		return;
	arena_free(&(*map)->arena);
	free(*map);
	*map = NULL;
}

bool
postfixmap_add(struct postfixmap *map, struct slice key)
{
	const char *copy;

	if (map->count == POSTFIXMAP_KEYS)
		return false;
	copy = arena_copy(map->arena, key);
	if (copy == NULL)
		return false;
	map->key[map->count++] = copy;
	return true;
}

void
postfixmap_name(struct slice map, char *out, size_t size)
{
	if (slice_begins_nocase(map, "proxy:"))
		(void)slice_cut(&map, ':');
	(void)snprintf(out, size, "%.*s", (int)map.len,
	    map.at == NULL ? "" : map.at);
}

/* Answers come in the order of the keys, without those that have none. */
static void
take_answers(struct postfixmap *map, struct slice text)
{
	size_t i = 0;

	while (text.at != NULL && text.len > 0) {
		struct slice value = slice_cut(&text, '\n');
		struct slice key = slice_cut(&value, '\t');

		while (i < map->count && (map->answer[i] != NULL ||
		    !slice_is(key, map->key[i])))
			i++;
		if (i == map->count)
			return;
		map->answer[i++] = arena_copy(map->arena, slice_trim(value));
	}
}

static void
ask_one(struct postfixmap *map, const char *name)
{
	const char *argv[] = {"postmap", "-c", map->folder, "-q", "-", name,
	    NULL};
	struct buf keys, answers;
	enum status status;
	size_t i;

	buf_init(&keys, POSTFIXMAP_OUTPUT);
	buf_init(&answers, POSTFIXMAP_OUTPUT);
	for (i = 0; i < map->count; i++)
		if (map->answer[i] == NULL)
			buf_printf(&keys, "%s\n", map->key[i]);
	/* It ends with 1 when it finds nothing, and where it breaks off. */
	status = program_feed(argv, buf_slice(&keys), &answers, NULL);
	if (status == STATUS_OK || status == STATUS_IO)
		take_answers(map, buf_slice(&answers));
	buf_clear(&keys);
	buf_clear(&answers);
}

void
postfixmap_ask(struct postfixmap *map, const char *maps)
{
	struct slice rest = slice_of(maps), name;
	char text[NAME_MAX_LEN];

	while ((name = postfixlist_next(&rest)).at != NULL) {
		postfixmap_name(name, text, sizeof(text));
		ask_one(map, text);
	}
}

const char *
postfixmap_key(const struct postfixmap *map, size_t i)
{
	return i < map->count ? map->key[i] : NULL;
}

const char *
postfixmap_answer(const struct postfixmap *map, size_t i)
{
	return i < map->count ? map->answer[i] : NULL;
}
