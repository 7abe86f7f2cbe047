#include "milter/ledger/textline.h"

#include <stdlib.h>
#include <string.h>

#include "milter/ledger/entry.h"

/* How a cell is written. */
enum shape { SHAPE_NUMBER, SHAPE_TIME, SHAPE_TEXT, SHAPE_FLAG };

/* In the order of the line; cell is the place among the cells. */
static const struct {
	const char *key;
	unsigned cell;
	enum shape shape;
} parts[TEXTLINE_CELLS] = {
    {"{\"v\":1,\"seq\":", 0, SHAPE_NUMBER},
    {",\"time\":", 2, SHAPE_TIME},
    {",\"direction\":", 3, SHAPE_TEXT},
    {",\"event\":", 4, SHAPE_TEXT},
    {",\"mode\":", 5, SHAPE_TEXT},
    {",\"sender\":", 6, SHAPE_TEXT},
    {",\"recipient\":", 7, SHAPE_TEXT},
    {",\"policy\":", 8, SHAPE_TEXT},
    {",\"side\":", 9, SHAPE_TEXT},
    {",\"peer\":", 10, SHAPE_TEXT},
    {",\"address\":", 11, SHAPE_TEXT},
    {",\"tls\":", 12, SHAPE_TEXT},
    {",\"cipher\":", 13, SHAPE_TEXT},
    {",\"bits\":", 14, SHAPE_NUMBER},
    {",\"cert\":", 15, SHAPE_TEXT},
    {",\"cn\":", 16, SHAPE_TEXT},
    {",\"requiretls\":", 17, SHAPE_FLAG},
    {",\"queue\":", 18, SHAPE_TEXT},
    {",\"stamp\":", 19, SHAPE_TEXT},
    {",\"host\":", 20, SHAPE_TEXT},
    {",\"part\":", 1, SHAPE_NUMBER},
};

/* Only a time that our own writer could have stored has a canonical form. */
static void
put_time(struct buf *line, const char *text)
{
	long long time = strtoll(text, NULL, 10);

	if (time < 0 || time > ENTRY_TIME_MAX) {
		buf_puts(line, text);
		return;
	}
	buf_putc(line, '"');
	entry_put_time(line, time);
	buf_putc(line, '"');
}

static void
put_flag(struct buf *line, const char *text)
{
	if (strcmp(text, "0") == 0)
		buf_puts(line, "false");
	else if (strcmp(text, "1") == 0)
		buf_puts(line, "true");
	else
		buf_puts(line, text);
}

void
textline_put(const char *const cells[TEXTLINE_CELLS], struct buf *line)
{
	size_t i;

	for (i = 0; i < LENGTH(parts); i++) {
		const char *text = cells[parts[i].cell];

		buf_puts(line, parts[i].key);
		switch (parts[i].shape) {
		case SHAPE_NUMBER:
			buf_puts(line, text);
			break;
		case SHAPE_TIME:
			put_time(line, text);
			break;
		case SHAPE_TEXT:
			entry_put_json(line, text);
			break;
		case SHAPE_FLAG:
			put_flag(line, text);
			break;
		}
	}
	buf_putc(line, '}');
}
