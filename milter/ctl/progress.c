#include "milter/ctl/progress.h"

#include <time.h>
#include <unistd.h>

#include "policy/base/buf.h"

static long
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
progress_begin(struct progress *progress, FILE *out, unsigned long total)
{
	progress->out = isatty(fileno(out)) ? out : NULL;
	progress->total = total;
	progress->pace_ms = 0;
	progress->drawn_ms = 0;
	progress->drawn = false;
}

void
progress_pace(struct progress *progress, long milliseconds)
{
	progress->pace_ms = milliseconds;
}

/* A line that fills the terminal would scroll it. */
static void
draw(const struct progress *progress, unsigned long done, const char *what)
{
	char storage[PROGRESS_COLUMNS + 1];
	struct buf line;

	buf_init_fixed(&line, storage, sizeof(storage));
	if (progress->total > 0)
		buf_printf(&line, "%lu/%lu ", done, progress->total);
	else
		buf_printf(&line, "%lu ", done);
	for (; *what != '\0' && line.len < PROGRESS_COLUMNS; what++)
		buf_putc(&line, *what >= ' ' && *what <= '~' ? *what : '?');
	(void)fprintf(progress->out, "\r\033[K%s", buf_text(&line));
	(void)fflush(progress->out);
}

void
progress_show(struct progress *progress, unsigned long done, const char *what)
{
	long now;

	if (progress->out == NULL)
		return;
	now = now_ms();
	if (progress->drawn && now - progress->drawn_ms < progress->pace_ms)
		return;
	draw(progress, done, what);
	progress->drawn = true;
	progress->drawn_ms = now;
}

void
progress_end(struct progress *progress)
{
	if (progress->out == NULL || !progress->drawn)
		return;
	(void)fputs("\r\033[K", progress->out);
	(void)fflush(progress->out);
	progress->drawn = false;
}
