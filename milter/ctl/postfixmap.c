#include "milter/ctl/postfixmap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ctl/postfixlist.h"
#include "milter/ctl/program.h"
#include "policy/base/arena.h"

enum { NAME_MAX_LEN = 4096 };

struct postfixmap {
	struct arena *arena;
	const struct postfixconf *conf;
	size_t count;
	const char *key[POSTFIXMAP_KEYS];
	const char *answer[POSTFIXMAP_KEYS];
};

static const char *
value_of(const struct postfixconf *conf, const char *name)
{
	const char *value = postfixconf_value(conf, name);

	return value == NULL ? "" : value;
}

/* The name of a map as postmap is to take it. */
static void
put_name(const struct postfixconf *conf, struct slice map,
    char out[NAME_MAX_LEN])
{
	static const char kind[] = "socketmap:unix:";
	const size_t len = strlen(kind);

	if (slice_begins_nocase(map, "proxy:"))
		(void)slice_cut(&map, ':');
	if (slice_begins_nocase(map, kind) && map.len > len &&
	    map.at[len] != '/')
		(void)snprintf(out, NAME_MAX_LEN, "%s%s/%.*s", kind,
		    value_of(conf, "queue_directory"), (int)(map.len - len),
		    map.at + len);
	else
		(void)snprintf(out, NAME_MAX_LEN, "%.*s", (int)map.len,
		    map.at == NULL ? "" : map.at);
}

void
postfixmap_query(const struct postfixconf *conf, struct slice map,
    struct slice keys, struct buf *out)
{
	char name[NAME_MAX_LEN];
	const char *folder = value_of(conf, "config_directory");
	const char *argv[] = {"postmap", "-c", folder, "-q", "-", name, NULL};
	enum status status;

	put_name(conf, map, name);
	/* It ends with 1 when it finds nothing, and where it breaks off. */
	status = program_feed(argv, keys, out, NULL);
	if (status != STATUS_OK && status != STATUS_IO)
		buf_reset(out);
}

bool
postfixmap_list(const struct postfixconf *conf, struct slice map,
    struct buf *out)
{
	char name[NAME_MAX_LEN];
	const char *folder = value_of(conf, "config_directory");
	const char *argv[] = {"postmap", "-c", folder, "-s", name, NULL};

	put_name(conf, map, name);
	return program_run(argv, out, NULL) == STATUS_OK;
}

bool
postfixmap_line(struct slice *answers, struct slice *key,
    struct slice *value)
{
	if (answers->at == NULL || answers->len == 0)
		return false;
	*value = slice_cut(answers, '\n');
	*key = slice_cut(value, '\t');
	*value = slice_trim(*value);
	return true;
}

enum status
postfixmap_new(const struct postfixconf *conf, struct postfixmap **out)
{
	struct postfixmap *map = calloc(1, sizeof(*map));

	*out = NULL;
	if (map == NULL)
		return STATUS_NOMEM;
	map->conf = conf;
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

/* Answers come in the order of the keys, without those that have none. */
static void
take_answers(struct postfixmap *map, struct slice text)
{
	struct slice key, value;
	size_t i = 0;

	while (postfixmap_line(&text, &key, &value)) {
		while (i < map->count && (map->answer[i] != NULL ||
		    !slice_is(key, map->key[i])))
			i++;
		if (i == map->count)
			return;
		map->answer[i++] = arena_copy(map->arena, value);
	}
}

static void
ask_one(struct postfixmap *map, struct slice name)
{
	struct buf keys, answers;
	size_t i;

	buf_init(&keys, POSTFIXMAP_OUTPUT);
	buf_init(&answers, POSTFIXMAP_OUTPUT);
	for (i = 0; i < map->count; i++)
		if (map->answer[i] == NULL)
			buf_printf(&keys, "%s\n", map->key[i]);
	postfixmap_query(map->conf, name, buf_slice(&keys), &answers);
	take_answers(map, buf_slice(&answers));
	buf_clear(&keys);
	buf_clear(&answers);
}

void
postfixmap_ask(struct postfixmap *map, const char *maps)
{
	struct slice rest = slice_of(maps), name;

	while ((name = postfixlist_next(&rest)).at != NULL)
		ask_one(map, name);
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
