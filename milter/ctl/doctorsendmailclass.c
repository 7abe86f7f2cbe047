/*
 * Class w of sendmail.cf: the names that are local.
 *
 *	Cw a.example b.example		C{w}a.example
 *	Fw-o /etc/mail/local-host-names	F{w}/etc/mail/local-host-names
 *
 * Source: Sendmail Installation and Operation Guide, 5.3 (C, F).
 */
#include "milter/ctl/doctorsendmail.h"
#include "milter/system/input.h"

enum { FILE_MAX = 4 * 1024 * 1024 };

/* With a line's end behind each. */
static void
put_words(struct slice words, struct buf *out)
{
	words = slice_trim(words);
	while (words.at != NULL) {
		buf_put_slice(out, slice_trim(slice_cut(&words, ' ')));
		buf_putc(out, '\n');
	}
}

/* The first word of each line. What cannot be read has none. */
static void
put_file(struct slice file, struct buf *out)
{
	struct sendmail_text path;
	struct slice rest, line;
	struct buf text;

	if (slice_begins_nocase(file, "-o"))
		file = slice_trim(slice_make(file.at + 2, file.len - 2));
	(void)sendmail_text(slice_cut(&file, ' '), &path);
	buf_init(&text, FILE_MAX);
	if (input_read_regular(path.at, &text, NULL) != STATUS_OK)
		buf_reset(&text);
	for (rest = buf_slice(&text); rest.at != NULL;) {
		line = slice_cut(&rest, '\n');
		line = slice_trim(slice_cut(&line, '#'));
		put_words(slice_cut(&line, ' '), out);
	}
	buf_clear(&text);
}

/* What follows `Cw`, `C{w}`, of letter C; at NULL: the line is none such. */
static struct slice
value_of(struct slice line, char letter)
{
	if (line.len > 1 && line.at[0] == letter && line.at[1] == 'w')
		return slice_trim(slice_make(line.at + 2, line.len - 2));
	if (line.len > 3 && line.at[0] == letter &&
	    slice_is(slice_make(line.at + 1, 3), "{w}"))
		return slice_trim(slice_make(line.at + 4, line.len - 4));
	return slice_make(NULL, 0);
}

void
sendmail_put_local_names(const struct sendmail_view *sendmail,
    struct buf *out)
{
	struct slice cf = sendmail->cf, line, value;

	buf_printf(out, "%s\n", sendmail->host.at);
	while ((line = sendmailcf_next(&cf)).at != NULL) {
		if ((value = value_of(line, 'C')).at != NULL)
			put_words(value, out);
		else if ((value = value_of(line, 'F')).at != NULL)
			put_file(value, out);
	}
}
