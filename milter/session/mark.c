#include "milter/session/mark.h"

#include <string.h>

#include "milter/session/encodedword.h"

/* As the configuration says: text of marks is at most that long. */
enum { MARK_TEXT_MAX = 200 };

bool
mark_is_configured(const struct outbound_config *config)
{
	return config->mark_subject != NULL ||
	    config->mark_header_name != NULL ||
	    config->mark_recipient_prefix != NULL ||
	    config->route_header_name != NULL;
}

void
mark_begin(struct mark *mark, const struct outbound_config *config,
    bool honoured)
{
	memset(mark, 0, sizeof(*mark));
	mark->config = config;
	mark->honoured = honoured && config != NULL;
	edits_reset(&mark->fields);
	edits_reset(&mark->recipients);
}

static void
mark_set_for_all(struct mark *mark)
{
	mark->is_set = true;
	mark->for_all = true;
}

void
mark_requiretls(struct mark *mark)
{
	if (mark->honoured)
		mark_set_for_all(mark);
}

/* Is it a local-part that needs no quotes? RFC 5321, 4.1.2: Dot-string. */
static bool
is_dot_string(struct slice local)
{
	size_t i;

	for (i = 0; i < local.len; i++)
		if (!ascii_is_alnum(local.at[i]) &&
		    (local.at[i] == '\0' ||
			strchr("!#$%&'*+-/=?^_`{|}~.", local.at[i]) == NULL))
			return false;
	return local.len > 0;
}

/* rest: a quoted string whose first quote was taken. Quote it if need be. */
static struct slice
quote_again(struct arena *arena, struct slice rest)
{
	struct slice tail = rest, local = slice_cut(&tail, '"');
	bool plain = is_dot_string(local) && tail.len > 0 &&
	    tail.at[0] == '@';
	char *text = arena_alloc(arena, rest.len + 2);
	size_t len = 0;

	if (text == NULL)
		return slice_make(NULL, 0);
	if (!plain) {
		text[0] = '"';
		memcpy(text + 1, rest.at, rest.len);
		return slice_make(text, rest.len + 1);
	}
	memcpy(text, local.at, local.len);
	len = local.len;
	memcpy(text + len, tail.at, tail.len);
	return slice_make(text, len + tail.len);
}

bool
mark_has_prefix(const struct mark *mark, struct arena *arena,
    struct slice address, struct slice *bare)
{
	bool quoted = address.len > 0 && address.at[0] == '"';
	const char *prefix;
	size_t len;

	if (!mark->honoured || mark->config->mark_recipient_prefix == NULL)
		return false;
	prefix = mark->config->mark_recipient_prefix;
	len = strlen(prefix);
	if (quoted)
		address = slice_make(address.at + 1, address.len - 1);
	if (!slice_begins_nocase(address, prefix) || address.len == len ||
	    address.at[len] == '@' || (quoted && address.at[len] == '"'))
		return false;
	*bare = slice_make(address.at + len, address.len - len);
	if (quoted)
		*bare = quote_again(arena, *bare);
	return true;
}

/* `<address>`; NULL when there is no memory. */
static const char *
path_of(struct arena *arena, struct slice address)
{
	char *path = arena_alloc(arena, address.len + 3);

	if (path == NULL)
		return NULL;
	path[0] = '<';
	memcpy(path + 1, address.at, address.len);
	path[address.len + 1] = '>';
	return path;
}

static void
mark_change_rcpt(struct mark *mark, struct arena *arena, enum edit_kind kind,
    struct slice address)
{
	struct edit edit = {.kind = kind};

	if (address.len > 0)
		edit.value = path_of(arena, address);
	if (edit.value == NULL ||
	    edits_add(&mark->recipients, arena, &edit) != STATUS_OK)
		mark->failed = true;
}

void
mark_add_prefixed(struct mark *mark, struct arena *arena,
    struct slice address, struct slice bare)
{
	mark->is_set = true;
	mark_change_rcpt(mark, arena, EDIT_ADD_RCPT, bare);
	mark_change_rcpt(mark, arena, EDIT_DELETE_RCPT, address);
}

/* Does it begin so for its reader? */
static bool
is_begun_by(struct slice subject, const char *wanted)
{
	char text[MARK_TEXT_MAX];
	size_t len = encodedword_decode(subject, text, sizeof(text));

	return slice_begins_nocase(slice_trim(slice_make(text, len)),
	    wanted);
}

/*
 * The mark is taken off: what follows it stays. An empty value would delete
 * the field in both MTAs, so this does. Returns whether it stays.
 */
static bool
remove_mark(struct mark *mark, struct arena *arena, struct slice text,
    struct slice *value)
{
	struct edit edit = {
	    .kind = EDIT_DELETE_FIELD,
	    .name = "Subject",
	    .occurrence = mark->subjects,
	};
	size_t len = strlen(mark->config->mark_subject);

	text = slice_trim(slice_make(text.at + len, text.len - len));
	if (text.len > 0) {
		edit.kind = EDIT_CHANGE_FIELD;
		edit.value = arena_copy(arena, text);
		if (edit.value == NULL) {
			mark->failed = true;
			return true;
		}
		*value = slice_of(edit.value);
	}
	if (edits_push(&mark->fields, arena, &edit) != STATUS_OK)
		mark->failed = true;
	return text.len > 0;
}

/* A mark in an encoded word counts, and stays. */
static bool
read_subject(struct mark *mark, struct arena *arena, struct slice *value)
{
	struct slice text = slice_trim(*value);
	const char *wanted = mark->config->mark_subject;

	mark->subjects++;
	if (!mark->honoured || wanted == NULL || !is_begun_by(text, wanted))
		return true;
	mark_set_for_all(mark);
	if (!mark->config->mark_subject_remove ||
	    !slice_begins_nocase(text, wanted))
		return true;
	return remove_mark(mark, arena, text, value);
}

/* Only we set it: whoever else does takes it from us. */
static void
read_route(struct mark *mark, struct arena *arena)
{
	struct edit edit = {
	    .kind = EDIT_DELETE_FIELD,
	    .name = mark->config->route_header_name,
	    .occurrence = ++mark->routes,
	};

	if (!mark->honoured &&
	    edits_push(&mark->fields, arena, &edit) != STATUS_OK)
		mark->failed = true;
}

bool
mark_header(struct mark *mark, struct arena *arena, struct slice name,
    struct slice *value)
{
	const struct outbound_config *config = mark->config;

	if (config == NULL)
		return true;
	if (config->mark_header_name != NULL && mark->honoured &&
	    slice_is_nocase(name, config->mark_header_name) &&
	    slice_is_nocase(slice_trim(*value), config->mark_header_value))
		mark_set_for_all(mark);
	if (config->route_header_name != NULL &&
	    slice_is_nocase(name, config->route_header_name))
		read_route(mark, arena);
	if (slice_is_nocase(name, "Subject"))
		return read_subject(mark, arena, value);
	return true;
}

bool
mark_has_work(const struct mark *mark)
{
	return mark->is_set || mark->failed || mark->fields.count > 0 ||
	    mark->recipients.count > 0;
}

bool
mark_is_routed(const struct mark *mark)
{
	return mark->config != NULL && mark->config->route_header_name != NULL;
}

enum status
mark_finish(const struct mark *mark, struct arena *arena,
    struct edits *edits)
{
	struct edit route = {.kind = EDIT_INSERT_FIELD};
	enum status status;

	if (mark->failed)
		return STATUS_NOMEM;
	status = edits_append(edits, arena, &mark->fields);
	if (status == STATUS_OK)
		status = edits_append(edits, arena, &mark->recipients);
	if (status != STATUS_OK || !mark->is_set || !mark_is_routed(mark))
		return status;
	route.name = mark->config->route_header_name;
	route.value = mark->config->route_header_value;
	return edits_add(edits, arena, &route);
}
