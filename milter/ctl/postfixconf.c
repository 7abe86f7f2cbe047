#include "milter/ctl/postfixconf.h"

#include <stdlib.h>
#include <string.h>

#include "milter/ctl/program.h"
#include "policy/base/arena.h"

enum { OUTPUT_MAX = 4 * 1024 * 1024, MEMORY_MAX = 8 * 1024 * 1024 };

/* One `name = value`. */
struct pair {
	struct slice name;
	const char *value;
};

struct pairs {
	size_t count;
	struct pair *pair;
};

struct postfixconf {
	struct arena *arena;
	struct pairs values;	/* main.cf */
	struct pairs fields;	/* service/type/field */
	struct pairs overrides; /* service/type/parameter */
	size_t service_count;
	struct postfix_service service[POSTFIXCONF_SERVICES];
};

static size_t
count_lines(struct slice text)
{
	size_t i, count = 0;

	for (i = 0; i < text.len; i++)
		count += text.at[i] == '\n';
	return count;
}

/* Cut at the first ` = `; a value may be empty. */
static bool
read_pair(struct arena *arena, struct slice line, struct pair *out)
{
	struct slice rest = line, value;
	char *copy;

	out->name = slice_trim(slice_cut(&rest, '='));
	if (rest.at == NULL)
		return true;
	value = slice_trim(rest);
	copy = arena_copy(arena, out->name);
	out->value = arena_copy(arena, value);
	out->name = slice_of(copy);
	return copy != NULL && out->value != NULL;
}

static enum status
read_pairs(struct arena *arena, struct slice text, struct pairs *out)
{
	out->pair = arena_alloc(arena,
	    (count_lines(text) + 1) * sizeof(*out->pair));
	if (out->pair == NULL)
		return STATUS_NOMEM;
	while (text.at != NULL && text.len > 0) {
		struct pair *pair = &out->pair[out->count];

		if (!read_pair(arena, slice_cut(&text, '\n'), pair))
			return STATUS_NOMEM;
		if (pair->value != NULL)
			out->count++;
	}
	return STATUS_OK;
}

static enum status
ask_postconf(struct postfixconf *conf, const char *folder, const char *flag,
    struct pairs *out, struct fault *fault)
{
	const char *argv[] = {"postconf", flag, "-c", folder, NULL};
	enum status status;
	struct buf text;

	if (folder == NULL)
		argv[2] = NULL;
	buf_init(&text, OUTPUT_MAX);
	status = program_run(argv, &text, fault);
	if (status == STATUS_NOTFOUND)
		status = fault_set(fault, status, "there is no postconf in "
		    "PATH: install Postfix, or add /usr/sbin to PATH");
	if (status == STATUS_OK) {
		status = read_pairs(conf->arena, buf_slice(&text), out);
		if (status != STATUS_OK)
			(void)fault_set(fault, status, "no memory for what "
			    "postconf says");
	}
	buf_clear(&text);
	return status;
}

static const char *
find(const struct pairs *pairs, const char *name)
{
	size_t i;

	for (i = 0; i < pairs->count; i++)
		if (slice_is(pairs->pair[i].name, name))
			return pairs->pair[i].value;
	return NULL;
}

/* The value of `service/type/what`. */
static const char *
find_of(const struct pairs *pairs, const struct postfix_service *service,
    const char *what)
{
	char storage[512];
	struct buf name;

	buf_init_fixed(&name, storage, sizeof(storage));
	buf_printf(&name, "%s/%s/%s", service->name, service->type, what);
	return find(pairs, buf_text(&name));
}

/* `-` stands for yes before Postfix 3.0 and its compatibility level 1. */
static bool
is_chrooted(const struct postfixconf *conf,
    const struct postfix_service *service)
{
	const char *field = find_of(&conf->fields, service, "chroot");
	const char *level = postfixconf_value(conf, "compatibility_level");

	if (field == NULL || strcmp(field, "n") == 0)
		return false;
	if (strcmp(field, "y") == 0)
		return true;
	return level == NULL || strcmp(level, "0") == 0;
}

/* `smtp/inet/command = smtpd -o ...` begins a service. */
static bool
add_service(struct postfixconf *conf, const struct pair *pair)
{
	struct postfix_service *service = &conf->service[conf->service_count];
	struct slice rest = pair->name, type, field, command;

	/* A name may hold slashes: the last two parts are not its. */
	while (rest.len > 0 && rest.at[rest.len - 1] != '/')
		rest.len--;
	field = slice_make(rest.at + rest.len, pair->name.len - rest.len);
	if (!slice_is(field, "command") || rest.len == 0 ||
	    conf->service_count == POSTFIXCONF_SERVICES)
		return true;
	rest.len--;
	type = rest;
	while (rest.len > 0 && rest.at[rest.len - 1] != '/')
		rest.len--;
	type = slice_make(rest.at + rest.len, type.len - rest.len);
	rest.len -= rest.len > 0;
	command = slice_of(pair->value);
	service->name = arena_copy(conf->arena, rest);
	service->type = arena_copy(conf->arena, type);
	service->command = arena_copy(conf->arena, slice_cut(&command, ' '));
	if (service->name == NULL || service->type == NULL ||
	    service->command == NULL)
		return false;
	service->is_chrooted = is_chrooted(conf, service);
	conf->service_count++;
	return true;
}

static enum status
read_all(struct postfixconf *conf, const char *folder, struct fault *fault)
{
	enum status status;
	size_t i;

	status = ask_postconf(conf, folder, "-x", &conf->values, fault);
	if (status == STATUS_OK)
		status = ask_postconf(conf, folder, "-F", &conf->fields,
		    fault);
	if (status == STATUS_OK)
		status = ask_postconf(conf, folder, "-Px", &conf->overrides,
		    fault);
	for (i = 0; status == STATUS_OK && i < conf->fields.count; i++)
		if (!add_service(conf, &conf->fields.pair[i]))
			status = fault_set(fault, STATUS_NOMEM, "no memory");
	return status;
}

enum status
postfixconf_read(const char *folder, struct postfixconf **out,
    struct fault *fault)
{
	struct postfixconf *conf = calloc(1, sizeof(*conf));
	enum status status;

	*out = NULL;
	if (conf == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory");
	status = arena_new(64 * 1024, MEMORY_MAX, &conf->arena);
	if (status == STATUS_OK)
		status = read_all(conf, folder, fault);
	else
		(void)fault_set(fault, status, "no memory");
	if (status == STATUS_OK)
		*out = conf;
	else
		postfixconf_free(&conf);
	return status;
}

void
postfixconf_free(struct postfixconf **conf)
{
	if (*conf == NULL)
		return;
	arena_free(&(*conf)->arena);
	free(*conf);
	*conf = NULL;
}

const char *
postfixconf_value(const struct postfixconf *conf, const char *name)
{
	return find(&conf->values, name);
}

const char *
postfixconf_override(const struct postfixconf *conf,
    const struct postfix_service *service, const char *name)
{
	return find_of(&conf->overrides, service, name);
}

const char *
postfixconf_for(const struct postfixconf *conf,
    const struct postfix_service *service, const char *name)
{
	const char *value = postfixconf_override(conf, service, name);

	return value != NULL ? value : postfixconf_value(conf, name);
}

const struct postfix_service *
postfixconf_service(const struct postfixconf *conf, size_t i)
{
	return i < conf->service_count ? &conf->service[i] : NULL;
}
