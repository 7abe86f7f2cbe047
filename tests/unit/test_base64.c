#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/stamp/base64.h"
#include "tests/unit/check.h"

static void
writes_and_reads(void **state)
{
	static const struct {
		const char *octets, *text;
	} rows[] = {
	    /* RFC 4648, 10 */
	    {"", ""},
	    {"f", "Zg=="},
	    {"fo", "Zm8="},
	    {"foo", "Zm9v"},
	    {"foob", "Zm9vYg=="},
	    {"fooba", "Zm9vYmE="},
	    {"foobar", "Zm9vYmFy"},
	    {"\xff\xfe\xfb", "//77"},
	    {"\xfb\xef", "++8="},
	};
	unsigned char octets[16];
	struct buf text;
	size_t len, i;

	(void)state;
	buf_init(&text, 100);
	for (i = 0; i < LENGTH(rows); i++) {
		buf_reset(&text);
		base64_put(&text, (const unsigned char *)rows[i].octets,
		    strlen(rows[i].octets));
		check_text(rows[i].octets, buf_text(&text), rows[i].text);
		check_number(rows[i].text, base64_read(slice_of(rows[i].text),
		    octets, sizeof(octets), &len), STATUS_OK);
		check_slice(rows[i].text,
		    slice_make((const char *)octets, len), rows[i].octets);
	}
	buf_clear(&text);
}

static void
refuses_what_is_none(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} rows[] = {
	    {"Zm9v\r\n  Zm9v ", STATUS_OK},
	    {" Z m 9\tv ", STATUS_OK},
	    {"Z", STATUS_SYNTAX},
	    {"Zg", STATUS_SYNTAX},
	    {"Zg=", STATUS_SYNTAX},
	    {"Zg===", STATUS_SYNTAX},
	    {"Zh==", STATUS_SYNTAX},
	    {"Zm9=", STATUS_SYNTAX},
	    {"Zm9v=", STATUS_SYNTAX},
	    {"=", STATUS_SYNTAX},
	    {"====", STATUS_SYNTAX},
	    {"Zg==Zg==", STATUS_SYNTAX},
	    {"Zg=g", STATUS_SYNTAX},
	    {"Zm9-", STATUS_SYNTAX},
	    {"Zm9\x80", STATUS_SYNTAX},
	    {"Zm9vZm9vZ", STATUS_SYNTAX},
	    {"Zm9vZm9vZm9v", STATUS_LIMIT},
	};
	unsigned char octets[8];
	size_t len, i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		check_number(rows[i].text, base64_read(slice_of(rows[i].text),
		    octets, sizeof(octets), &len), rows[i].want);
	check_number("exactly", base64_read_exactly(slice_of("Zm9v"), octets,
	    3), true);
	check_number("fewer", base64_read_exactly(slice_of("Zm9v"), octets,
	    4), false);
	check_number("more", base64_read_exactly(slice_of("Zm9v"), octets,
	    2), false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(writes_and_reads),
	    check_unit_test(refuses_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
