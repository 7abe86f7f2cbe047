#include "milter/ctl/doctorsendmailkmap.h"

#include <string.h>

#include "milter/ctl/program.h"

/* What Sendmail appends to the name in a map of that class; NULL: nothing. */
static const char *
suffix_of(struct slice class)
{
	if (slice_is_nocase(class, "hash") || slice_is_nocase(class, "btree"))
		return ".db";
	if (slice_is_nocase(class, "cdb"))
		return ".cdb";
	return slice_is_nocase(class, "dbm") ? ".pag" : NULL;
}

static bool
ends_with(struct slice text, const char *end)
{
	size_t len = strlen(end);

	return text.len >= len &&
	    slice_is(slice_make(text.at + text.len - len, len), end);
}

static void
put_file(struct slice class, struct slice file, struct sendmail_map *out)
{
	const char *suffix = suffix_of(class);
	struct buf database;

	if (suffix != NULL && ends_with(file, suffix))
		file.len -= strlen(suffix);
	(void)sendmail_text(class, &out->class);
	(void)sendmail_text(file, &out->text);
	buf_init_fixed(&database, out->database.at, sizeof(out->database.at));
	if (suffix != NULL)
		buf_printf(&database, "%s%s", out->text.at, suffix);
	(void)buf_text(&database);
}

bool
sendmail_map_find(const struct sendmail_view *sendmail, const char *line,
    const char *file, struct sendmail_map *out)
{
	struct slice rest = sendmailcf_line(sendmail->cf, line);
	struct slice class = slice_cut(&rest, ' '), word = class;

	*out = (struct sendmail_map){.is_named = class.at != NULL};
	while (rest.at != NULL) {
		word = slice_cut(&rest, ' ');
		out->is_optional |= slice_is(word, "-o");
		out->says_failure |= slice_is(word, "-T<TMPF>");
	}
	if (out->is_named)
		put_file(class, word, out);
	else
		put_file(slice_of("hash"), slice_of(file), out);
	return out->is_named;
}

enum status
sendmail_map_list(const struct sendmail_view *sendmail,
    const struct sendmail_map *map, struct buf *out, struct fault *fault)
{
	const char *const argv[] = {"makemap", "-C",
	    sendmail->doctor->sendmail_cf, "-u", map->class.at, map->text.at,
	    NULL};

	return program_run(argv, out, fault);
}
