#include "milter/maillog/logline.h"

/* `PROGRAM[PID]` or `PROGRAM`. */
static bool
read_tag(struct slice tag, struct logline *out)
{
	struct slice rest = tag;

	out->program = slice_cut(&rest, '[');
	out->pid = slice_make(NULL, 0);
	if (rest.at != NULL)
		out->pid = slice_cut(&rest, ']');
	return out->program.len > 0;
}

bool
logline_read(struct logclock *clock, struct slice line, struct logline *out)
{
	struct slice rest = line, tag;

	if (!logclock_read(clock, &rest, &out->time))
		return false;
	out->host = slice_cut(&rest, ' ');
	tag = slice_cut(&rest, ' ');
	if (rest.at == NULL || tag.len < 2 || tag.at[tag.len - 1] != ':')
		return false;
	tag.len--;
	out->text = rest;
	return read_tag(tag, out);
}

bool
logline_queue_id(struct slice text, size_t least, struct slice *id,
    struct slice *rest)
{
	size_t i;

	*rest = text;
	*id = slice_cut(rest, ':');
	if (rest->len == 0 || rest->at[0] != ' ' || id->len < least ||
	    id->len > LOGLINE_QUEUE_ID_MAX)
		return false;
	for (i = 0; i < id->len; i++)
		if (!ascii_is_alnum(id->at[i]))
			return false;
	*rest = slice_make(rest->at + 1, rest->len - 1);
	return true;
}
