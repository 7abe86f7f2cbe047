#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/stamp/canon.h"
#include "tests/unit/check.h"

static void
canonicalizes_fields(void **state)
{
	static const struct {
		const char *name, *value, *want;
	} rows[] = {
	    /* RFC 6376, 3.4.5 */
	    {"A", " X", "a:X\r\n"},
	    {"B ", " Y\t\r\n\tZ  ", "b:Y Z\r\n"},
	    {"Subject", "", "subject:\r\n"},
	    {"Subject", " \t ", "subject:\r\n"},
	    {"Subject", "\r\n \r\n x", "subject:x\r\n"},
	    {"SUBJECT \t", "a", "subject:a\r\n"},
	    /* folds as libmilter gives them */
	    {"To", "a,\n\tb", "to:a, b\r\n"},
	    {"To", "a,\n b\n", "to:a, b\r\n"},
	    {"To", "a \t \r\n \t b", "to:a b\r\n"},
	    {"X", "a\nb", "x:ab\r\n"},
	    /* a CR alone is an octet */
	    {"X", "a\rb \r c", "x:a\rb \r c\r\n"},
	    {"X", "a\r", "x:a\r\r\n"},
	    {"X", "caf\xc3\xa9  \xff", "x:caf\xc3\xa9 \xff\r\n"},
	    {"X", "\v a \f", "x:\v a \f\r\n"},
	};
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, 1000);
	for (i = 0; i < LENGTH(rows); i++) {
		buf_reset(&out);
		canon_field(slice_of(rows[i].name), slice_of(rows[i].value),
		    &out);
		check_slice(rows[i].value, buf_slice(&out), rows[i].want);
	}
	buf_reset(&out);
	canon_last_field(slice_of("A"), slice_of(" x; b="), &out);
	check_text("last", buf_text(&out), "a:x; b=");
	buf_clear(&out);
}

static void
collect(void *context, const void *data, size_t len)
{
	buf_put(context, data, len);
}

static void
canonicalizes_bodies(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
	    {"", ""},
	    {"\r\n", ""},
	    {"\r\n\r\n\r\n", ""},
	    {" \t \r\n\t\r\n", ""},
	    {" ", ""},
	    {"\n", ""},
	    /* RFC 6376, 3.4.5 */
	    {" C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n"},
	    {"no end", "no end\r\n"},
	    {"no end ", "no end\r\n"},
	    {"a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n"},
	    {"\r\n\r\nb", "\r\n\r\nb\r\n"},
	    {"  a", " a\r\n"},
	    {"\ta\tb", " a b\r\n"},
	    {"a\nb\n", "a\r\nb\r\n"},
	    {"a \nb\n\n", "a\r\nb\r\n"},
	    {"a\rb\r", "a\rb\r\r\n"},
	    {"a \r\r\n", "a \r\r\n"},
	    {"a\r \r\nb", "a\r\r\nb\r\n"},
	    {"\r", "\r\r\n"},
	    {"a\n\rb", "a\r\n\rb\r\n"},
	};
	struct canon_body body;
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, 1000);
	for (i = 0; i < LENGTH(rows); i++) {
		buf_reset(&out);
		canon_body_init(&body, collect, &out);
		canon_body_put(&body, rows[i].in, strlen(rows[i].in));
		canon_body_end(&body);
		check_slice(rows[i].in, buf_slice(&out), rows[i].want);
	}
	buf_clear(&out);
}

/* One line by the words of RFC 6376, 3.4.4 (a). */
static void
reference_line(struct slice line, struct buf *out)
{
	size_t i;

	while (line.len > 0 && (line.at[line.len - 1] == ' ' ||
				   line.at[line.len - 1] == '\t'))
		line.len--;
	for (i = 0; i < line.len; i++) {
		bool blank = line.at[i] == ' ' || line.at[i] == '\t';

		if (!blank)
			buf_putc(out, line.at[i]);
		else if (i + 1 == line.len || (line.at[i + 1] != ' ' &&
						  line.at[i + 1] != '\t'))
			buf_putc(out, ' ');
	}
	buf_puts(out, "\r\n");
}

/* The whole body, line by line; then (b), empty lines at the end. */
static void
reference(struct slice in, struct buf *out)
{
	struct slice rest = in, line;
	bool ended;

	while (rest.len > 0) {
		line = slice_cut(&rest, '\n');
		ended = rest.at != NULL;
		if (ended && line.len > 0 && line.at[line.len - 1] == '\r')
			line.len--;
		reference_line(line, out);
	}
	while (out->len >= 2 && memcmp(out->data + out->len - 2, "\r\n", 2) ==
		0 && (out->len == 2 || out->data[out->len - 3] == '\n')) {
		out->len -= 2;
		out->data[out->len] = '\0';
	}
}

/* xorshift: the same on every machine. */
static uint32_t
next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Octets of which the awkward ones come in the given share of 16. */
static void
random_body(uint32_t *seed, uint32_t share, struct buf *out)
{
	static const char *const awkward[] = {" ", "\t", "\r", "\n", "\r\n",
	    "\r\n\r\n", "  ", " \r\n", "\n\n"};
	uint32_t count = next_random(seed) % 400;

	while (count-- > 0) {
		uint32_t pick = next_random(seed);

		if (pick % 16 < share)
			buf_puts(out, awkward[(pick >> 8) % LENGTH(awkward)]);
		else
			buf_putc(out, (char)(pick >> 24));
		if (pick % 97 == 0)
			buf_puts(out, "some plain text that is longer than a "
				      "few blocks of vectors, with one space "
				      "between its words\r\n");
	}
}

static void
put_in_pieces(struct canon_body *body, struct slice in, uint32_t *seed)
{
	while (in.len > 0) {
		size_t cut = next_random(seed) % (next_random(seed) % 300 + 1);

		cut = cut < in.len ? cut : in.len;
		canon_body_put(body, in.at, cut);
		in = slice_make(in.at + cut, in.len - cut);
	}
}

static void
agrees_with_the_reference(void **state)
{
	struct buf in, want, got;
	struct canon_body body;
	uint32_t seed = 1, round;

	(void)state;
	buf_init(&in, 1 << 20);
	buf_init(&want, 1 << 20);
	buf_init(&got, 1 << 20);
	for (round = 0; round < 20000; round++) {
		uint32_t before = seed;

		buf_reset(&in);
		buf_reset(&want);
		buf_reset(&got);
		random_body(&seed, round % 17, &in);
		reference(buf_slice(&in), &want);
		canon_body_init(&body, collect, &got);
		put_in_pieces(&body, buf_slice(&in), &seed);
		canon_body_end(&body);
		if (!slice_equal(buf_slice(&got), buf_slice(&want)))
			fail_msg("seed %lu: got %lu octets, want %lu",
			    (unsigned long)before, (unsigned long)got.len,
			    (unsigned long)want.len);
	}
	buf_clear(&in);
	buf_clear(&want);
	buf_clear(&got);
}

static void
count_octets(void *context, const void *data, size_t len)
{
	(void)data;
	*(size_t *)context += len;
}

/* Time that grew with the square of the body would not end here. */
static void
is_linear(void **state)
{
	static const char *const units[] = {"\r\n", "\n", " ", "\t", "\r",
	    "\t\r\n", "x\r\n", " \r"};
	static char in[4 * 1024 * 1024];
	struct canon_body body;
	size_t i, j, total;

	(void)state;
	for (i = 0; i < LENGTH(units); i++) {
		size_t len = strlen(units[i]);

		for (j = 0; j < sizeof(in); j++)
			in[j] = units[i][j % len];
		total = 0;
		canon_body_init(&body, count_octets, &total);
		canon_body_put(&body, in, sizeof(in));
		canon_body_put(&body, "x", 1);
		canon_body_end(&body);
		check_number(units[i], total > 0, 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(canonicalizes_fields),
	    check_unit_test(canonicalizes_bodies),
	    check_unit_test(agrees_with_the_reference),
	    check_unit_test(is_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
