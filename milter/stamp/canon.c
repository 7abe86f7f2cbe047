#include "milter/stamp/canon.h"

#include <stdint.h>
#include <string.h>

/*
 * Octets that are looked at together. Both gcc and clang make vector
 * instructions of a block, whatever the machine.
 */
enum { NARROW = 16, WIDE = 64 };

typedef unsigned char block __attribute__((vector_size(NARROW)));

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* The length of the line end at the front of s: 0, 1 or 2. */
static size_t
line_end(struct slice s)
{
	if (s.at[0] == '\n')
		return 1;
	return s.len > 1 && s.at[0] == '\r' && s.at[1] == '\n' ? 2 : 0;
}

/* The length of the word at the front of s. */
static size_t
word(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len && !is_wsp(s.at[i]); i++)
		if (line_end(slice_make(s.at + i, s.len - i)) > 0)
			break;
	return i;
}

static void
put_name(struct slice name, struct buf *out)
{
	size_t i;

	name = slice_trim(name);
	for (i = 0; i < name.len; i++)
		buf_putc(out, ascii_lower(name.at[i]));
}

static void
put_value(struct slice value, struct buf *out)
{
	bool begun = false, blank = false;
	size_t step;

	for (; value.len > 0; value.at += step, value.len -= step) {
		if (is_wsp(value.at[0])) {
			blank = true;
			step = 1;
			continue;
		}
		step = line_end(value);
		if (step > 0)
			continue;
		if (begun && blank)
			buf_putc(out, ' ');
		step = word(value);
		buf_put(out, value.at, step);
		begun = true;
		blank = false;
	}
}

void
canon_last_field(struct slice name, struct slice value, struct buf *out)
{
	put_name(name, out);
	buf_putc(out, ':');
	put_value(value, out);
}

void
canon_field(struct slice name, struct slice value, struct buf *out)
{
	canon_last_field(name, value, out);
	buf_puts(out, "\r\n");
}

void
canon_body_init(struct canon_body *body, canon_sink *sink, void *context)
{
	body->sink = sink;
	body->context = context;
	body->line_ends = 0;
	body->blank = false;
	body->cr = false;
	body->empty = true;
	body->staged = 0;
}

static void
flush(struct canon_body *body)
{
	if (body->staged > 0)
		body->sink(body->context, body->stage, body->staged);
	body->staged = 0;
}

static void
pass_on(struct canon_body *body, const char *data, size_t len)
{
	if (len > sizeof(body->stage) - body->staged)
		flush(body);
	if (len > sizeof(body->stage)) {
		body->sink(body->context, data, len);
		return;
	}
	memcpy(body->stage + body->staged, data, len);
	body->staged += len;
}

/* Text follows, so that what was held back is not dropped any more. */
static void
pass_on_held(struct canon_body *body)
{
	for (; body->line_ends > 0; body->line_ends--)
		pass_on(body, "\r\n", 2);
	if (body->blank)
		pass_on(body, " ", 1);
	body->blank = false;
	body->empty = false;
}

static void
take_line_end(struct canon_body *body)
{
	body->blank = false;
	body->line_ends++;
}

/* Take what follows a CR; returns how many octets that used. */
static size_t
take_behind_cr(struct canon_body *body, char c)
{
	body->cr = false;
	if (c == '\n') {
		take_line_end(body);
		return 1;
	}
	pass_on_held(body);
	pass_on(body, "\r", 1);
	return 0;
}

/*
 * Is an octet not canonical as it stands, the next one being known? A tab, a
 * space before a blank or line end, a text octet before an LF without CR.
 */
static bool
is_odd(unsigned char c, unsigned char next)
{
	return c == '\t' || (c == ' ' && next <= ' ') ||
	    (c != '\r' && next == '\n');
}

/* The same for each octet of a block; one behind them is looked at too. */
static block
odd_octets(const unsigned char *p)
{
	const unsigned char tab = '\t', space = ' ', cr = '\r', lf = '\n';
	block c, next;

	memcpy(&c, p, sizeof(c));
	memcpy(&next, p + 1, sizeof(next));
	return (block)((c == tab) | ((c == space) & (next <= space)) |
	    ((c != cr) & (next == lf)));
}

static bool
is_zero(block octets)
{
	uint64_t halves[2];

	memcpy(halves, &octets, sizeof(halves));
	return (halves[0] | halves[1]) == 0;
}

/* Are WIDE octets canonical as they stand? */
static bool
is_plain(const unsigned char *p)
{
	return is_zero(odd_octets(p) | odd_octets(p + NARROW) |
	    odd_octets(p + 2 * NARROW) | odd_octets(p + 3 * NARROW));
}

/*
 * How many octets at the front can be passed on as they stand. The first
 * one is text, and so is the last of them: nothing is held back behind it.
 */
static size_t
plain_run(const char *data, size_t len)
{
	const unsigned char *p = (const unsigned char *)data;
	size_t run = 0;

	while (len - run > WIDE && is_plain(p + run))
		run += WIDE;
	while (len - run > NARROW && is_zero(odd_octets(p + run)))
		run += NARROW;
	while (len - run > 1 && !is_odd(p[run], p[run + 1]))
		run++;
	while (run > 0 && ascii_is_blank(data[run - 1]))
		run--;
	return run > 0 ? run : 1;
}

/* Take what is at the front; returns how many octets that used. */
static size_t
take(struct canon_body *body, const char *p, size_t len)
{
	size_t run = 1;

	if (body->cr)
		return take_behind_cr(body, p[0]);
	if (is_wsp(p[0])) {
		body->blank = true;
		while (run < len && is_wsp(p[run]))
			run++;
	} else if (p[0] == '\r') {
		body->cr = true;
	} else if (p[0] == '\n') {
		take_line_end(body);
	} else {
		run = plain_run(p, len);
		pass_on_held(body);
		pass_on(body, p, run);
	}
	return run;
}

void
canon_body_put(struct canon_body *body, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		size_t used = take(body, p, len);

		p += used;
		len -= used;
	}
}

void
canon_body_end(struct canon_body *body)
{
	if (body->cr)
		(void)take_behind_cr(body, '\0');
	if (!body->empty)
		pass_on(body, "\r\n", 2);
	flush(body);
}
