#include "milter/stamp/fold.h"

#include <string.h>

void
fold_init(struct fold *fold, struct buf *out, size_t column)
{
	fold->out = out;
	fold->column = column;
}

static void
put(struct fold *fold, struct slice piece)
{
	buf_put_slice(fold->out, piece);
	fold->column += piece.len;
}

static void
new_line(struct fold *fold, const char *indent)
{
	buf_putc(fold->out, '\n');
	buf_puts(fold->out, indent);
	fold->column = strlen(indent);
}

void
fold_begin(struct fold *fold, struct slice piece)
{
	bool is_first = buf_slice(fold->out).len == 0;

	if (!is_first && fold->column + 1 + piece.len > FOLD_COLUMNS)
		new_line(fold, " ");
	else if (!is_first)
		put(fold, slice_of(" "));
	put(fold, piece);
}

void
fold_more(struct fold *fold, struct slice piece)
{
	if (fold->column + piece.len > FOLD_COLUMNS)
		new_line(fold, "  ");
	put(fold, piece);
}

void
fold_break(struct fold *fold)
{
	fold->column = FOLD_COLUMNS;
}

void
fold_tag(struct fold *fold, const char *name, struct slice value)
{
	char storage[512];
	struct buf tag;

	buf_init_fixed(&tag, storage, sizeof(storage));
	buf_puts(&tag, name);
	buf_putc(&tag, '=');
	buf_put_slice(&tag, value);
	buf_putc(&tag, ';');
	if (buf_status(&tag) != STATUS_OK && fold->out->status == STATUS_OK)
		fold->out->status = buf_status(&tag);
	fold_begin(fold, buf_slice(&tag));
}

void
fold_number(struct fold *fold, const char *name, long long value)
{
	char storage[32];
	struct buf number;

	buf_init_fixed(&number, storage, sizeof(storage));
	buf_printf(&number, "%lld", value);
	fold_tag(fold, name, buf_slice(&number));
}
