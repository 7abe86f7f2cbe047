#include "milter/config/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "milter/config/parser.h"
#include "milter/config/value.h"

enum { READER_PATH_MAX = 4000 };

static void
describe(const struct block *block, char *out, size_t size)
{
	if (block->kind[0] == '\0')
		out[0] = '\0';
	else if (block->title == NULL)
		(void)snprintf(out, size, " in %s", block->kind);
	else
		(void)snprintf(out, size, " in %s \"%.80s\"", block->kind,
		    block->title);
}

void
reader_fault(const struct reader *reader, const char *name,
    const struct word *word, const char *format, ...)
{
	char text[FAULT_MAX / 2];
	char where[160];
	va_list args;

	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	va_end(args);
	describe(reader->block, where, sizeof(where));
	findings_add(reader->findings,
	    word->file == NULL ? "built in" : word->file, word->line,
	    "option %s%s: %s", name, where, text);
}

const char *
reader_copy(struct reader *reader, const char *begin, size_t len)
{
	const char *copy = arena_copy(reader->arena, slice_make(begin, len));

	if (copy != NULL)
		return copy;
	reader->is_out_of_memory = true;
	return "";
}

static bool
is_empty(const struct reader *reader, const char *name,
    const struct word *word)
{
	if (word->text[0] != '\0')
		return false;
	reader_fault(reader, name, word, "the value is empty; is a ${VARIABLE} "
	    "not set? Write a value, or \"none\" where that is allowed");
	return true;
}

const struct word *
reader_word(const struct reader *reader, const char *name)
{
	const struct setting *setting = block_find(reader->block, name);

	if (setting == NULL || setting->count == 0 ||
	    is_empty(reader, name, &setting->words[0]))
		return NULL;
	return &setting->words[0];
}

const struct word *
reader_next(const struct reader *reader, const char *name, size_t *at)
{
	const struct setting *setting = block_find(reader->block, name);

	while (setting != NULL && *at < setting->count) {
		const struct word *word = &setting->words[(*at)++];

		if (!is_empty(reader, name, word))
			return word;
	}
	return NULL;
}

bool
reader_enum(const struct reader *reader, const char *name,
    const struct words *words, unsigned *out)
{
	const struct word *word = reader_word(reader, name);
	const char *near;
	char list[160];

	if (word == NULL)
		return false;
	if (words_find(words, word->text, out))
		return true;
	words_list(words, list, sizeof(list));
	near = words_nearest(words, word->text);
	reader_fault(reader, name, word, "\"%.80s\" is not allowed; allowed: "
	    "%s%s%s%s", word->text, list, near == NULL ? "" :
	    " (did you mean ", near == NULL ? "" : near,
	    near == NULL ? "" : "?)");
	return false;
}

/* Report the clause of value.h, if there is one. */
static bool
is_good(const struct reader *reader, const char *name,
    const struct word *word, const char *wrong)
{
	if (wrong != NULL)
		reader_fault(reader, name, word, "\"%.80s\" %s", word->text,
		    wrong);
	return wrong == NULL;
}

bool
reader_bool(const struct reader *reader, const char *name, bool *out)
{
	const struct word *word = reader_word(reader, name);
	bool value;

	if (word == NULL ||
	    !is_good(reader, name, word, value_bool(word->text, &value)))
		return false;
	*out = value;
	return true;
}

bool
reader_number(const struct reader *reader, const char *name,
    unsigned long least, unsigned long most, unsigned *out)
{
	const struct word *word = reader_word(reader, name);
	unsigned long value;

	if (word == NULL)
		return false;
	if (!slice_number(slice_of(word->text), most, &value) ||
	    value < least) {
		reader_fault(reader, name, word, "\"%.80s\" is not allowed; "
		    "allowed: a number from %lu to %lu", word->text, least,
		    most);
		return false;
	}
	*out = (unsigned)value;
	return true;
}

bool
reader_mode(const struct reader *reader, const char *name, mode_t *out)
{
	const struct word *word = reader_word(reader, name);
	mode_t value;

	if (word == NULL ||
	    !is_good(reader, name, word, value_mode(word->text, &value)))
		return false;
	*out = value;
	return true;
}

bool
reader_text(const struct reader *reader, const char *name,
    enum optional optional, reader_check *check, const char **out)
{
	const struct word *word = reader_word(reader, name);

	if (word == NULL)
		return false;
	if (strcmp(word->text, "none") == 0) {
		if (optional == OPTIONAL_NONE)
			*out = NULL;
		else
			reader_fault(reader, name, word, "\"none\" is not "
			    "allowed: this cannot be turned off");
		return optional == OPTIONAL_NONE;
	}
	if (!is_good(reader, name, word, check(word->text)))
		return false;
	*out = word->text;
	return true;
}

static const char *
check_path(const char *text)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return "has a control character; allowed: a file name";
	if (i >= READER_PATH_MAX)
		return "is too long; allowed: a file name of 4000 octets";
	return text[i - 1] == '/' ?
	    "names a folder; allowed: the name of a file" : NULL;
}

bool
reader_path(struct reader *reader, const char *name, enum optional optional,
    const char **out)
{
	const struct word *word = reader_word(reader, name);
	const char *path;

	if (!reader_text(reader, name, optional, check_path, &path))
		return false;
	if (path != NULL && word->file != NULL) {
		path = parser_beside(reader->arena, word->file, path);
		if (path == NULL) {
			reader->is_out_of_memory = true;
			return false;
		}
	}
	*out = path;
	return true;
}

bool
reader_socket(struct reader *reader, const char *name, enum optional optional,
    const char **out)
{
	const char *socket;
	char *local;

	if (!reader_text(reader, name, optional, value_socket, &socket))
		return false;
	if (socket != NULL && strncmp(socket, "unix:", 5) == 0) {
		local = arena_alloc(reader->arena, strlen(socket) + 2);
		if (local == NULL) {
			reader->is_out_of_memory = true;
			return false;
		}
		memcpy(local, "local:", sizeof("local:"));
		memcpy(local + 6, socket + 5, strlen(socket + 5) + 1);
		socket = local;
	}
	*out = socket;
	return true;
}
