#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/stamp/header.h"
#include "policy/base/buf.h"
#include "tests/unit/check.h"

/* want: `name=value|...#body`. */
static void
takes_messages_apart(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
	    {"A: x\r\nB:y\r\n\r\nbody\r\n", "A= x|B=y|#body\r\n"},
	    {"A: x\nB:y\n\nbody\n", "A= x|B=y|#body\n"},
	    {"A: x\r\n y\r\n\tz\r\n\r\n", "A= x\r\n y\r\n\tz|#"},
	    {"A: x\n \n y\nB:\n\n", "A= x\n \n y|B=|#"},
	    {"A : x\r\nB\t:y\r\n\r\nb", "A= x|B=y|#b"},
	    {"A: x\r\n", "A= x|#"},
	    {"A: x", "A= x|#"},
	    {"", "#"},
	    {"\r\nbody", "#body"},
	    {"\nbody", "#body"},
	    {"\r\n\r\nbody", "#\r\nbody"},
	    {"From a@x Mon Nov 23\nA: x\n\nb", "A= x|#b"},
	    {"From a@x\r\nA: x\n\nb", "A= x|#b"},
	    {"From a\rB: y\nA: x\n\nb", "#From a\rB: y\nA: x\n\nb"},
	    {"From : x\nA: y\n\nb", "From= x|A= y|#b"},
	    {"From \t: x\nA: y\n\nb", "From= x|A= y|#b"},
	    {"From: x\n\nb", "From= x|#b"},
	    {"A: From b\nFrom x\n\nb", "A= From b|#From x\n\nb"},
	    /* what is no field ends the header */
	    {"A: x\nno field\nB: y\n\nb", "A= x|#no field\nB: y\n\nb"},
	    {" x\nA: y\n", "# x\nA: y\n"},
	    {": x\n\nb", "#: x\n\nb"},
	    {"A b: x\n\nb", "#A b: x\n\nb"},
	    {"A\n : x\n\nb", "#A\n : x\n\nb"},
	    {"caf\xc3\xa9: x\n\nb", "#caf\xc3\xa9: x\n\nb"},
	    {"A: x\r\r\n\r\nb", "A= x\r|#b"},
	};
	struct header header;
	struct buf got;
	size_t i, j;

	(void)state;
	buf_init(&got, 1000);
	for (i = 0; i < LENGTH(rows); i++) {
		buf_reset(&got);
		assert_int_equal(header_read(slice_of(rows[i].in), &header),
		    STATUS_OK);
		for (j = 0; j < header.count; j++) {
			buf_put_slice(&got, header.fields[j].name);
			buf_putc(&got, '=');
			buf_put_slice(&got, header.fields[j].value);
			buf_putc(&got, '|');
		}
		buf_putc(&got, '#');
		buf_put_slice(&got, header.body);
		check_text(rows[i].in, buf_text(&got), rows[i].want);
		header_clear(&header);
	}
	buf_clear(&got);
}

static void
takes_bottom_up(void **state)
{
	static const char text[] = "A: 1\nB: 2\na: 3\nA: 4\n\n";
	struct header header;

	(void)state;
	assert_int_equal(header_read(slice_of(text), &header), STATUS_OK);
	header_begin_taking(&header, 2);
	check_slice("4", header_take_last(&header, slice_of("a"))->value,
	    " 4");
	check_slice("1", header_take_last(&header, slice_of("A"))->value,
	    " 1");
	check_number("no more", header_take_last(&header, slice_of("a")) ==
	    NULL, true);
	check_number("no C", header_take_last(&header, slice_of("C")) == NULL,
	    true);
	header_begin_taking(&header, 0);
	check_slice("again", header_take_last(&header, slice_of("a"))->value,
	    " 4");
	header_clear(&header);
}

static void
stops_at_its_limits(void **state)
{
	struct header header;
	struct buf text;
	size_t i;

	(void)state;
	buf_init(&text, 2 * HEADER_MAX);
	for (i = 0; i < HEADER_FIELDS; i++)
		buf_puts(&text, "A:\n");
	check_number("fields", header_read(buf_slice(&text), &header),
	    STATUS_OK);
	check_number("count", (long)header.count, HEADER_FIELDS);
	header_clear(&header);
	buf_puts(&text, "A:\n");
	check_number("one more", header_read(buf_slice(&text), &header),
	    STATUS_LIMIT);
	header_clear(&header);
	buf_reset(&text);
	buf_puts(&text, "A:");
	for (i = 0; i < HEADER_MAX; i++)
		buf_putc(&text, 'x');
	check_number("octets", header_read(buf_slice(&text), &header),
	    STATUS_LIMIT);
	header_clear(&header);
	buf_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(takes_messages_apart),
	    check_unit_test(takes_bottom_up),
	    check_unit_test(stops_at_its_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
