#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/punycode.h"
#include "tests/unit/check.h"

/* RFC 3492, 7.1; without the capitals that tell how a letter was written. */
static void
follows_the_samples(void **state)
{
	static const struct {
		const char *name, *want;
		uint32_t points[PUNYCODE_MAX];
		size_t count;
	} rows[] = {
	    {"(A) Arabic", "egbpdaj6bu4bxfgehfvwxn",
		{0x644, 0x64a, 0x647, 0x645, 0x627, 0x628, 0x62a, 0x643,
		    0x644, 0x645, 0x648, 0x634, 0x639, 0x631, 0x628, 0x64a,
		    0x61f},
		17},
	    {"(B) Chinese", "ihqwcrb4cv8a8dqg056pqjye",
		{0x4ed6, 0x4eec, 0x4e3a, 0x4ec0, 0x4e48, 0x4e0d, 0x8bf4,
		    0x4e2d, 0x6587},
		9},
	    {"(L) Japanese", "3B-ww4c5e180e575a65lsy2b",
		{0x33, 0x5e74, 0x42, 0x7d44, 0x91d1, 0x516b, 0x5148, 0x751f},
		8},
	    {"(S) ASCII", "-> $1.00 <--",
		{0x2d, 0x3e, 0x20, 0x24, 0x31, 0x2e, 0x30, 0x30, 0x20, 0x3c,
		    0x2d},
		11},
	    {"emoji", "ls8h",
		{0x1f4a9},
		1},
	};
	char text[80];
	struct buf buf;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		buf_init_fixed(&buf, text, sizeof(text));
		punycode_put(&buf, rows[i].points, rows[i].count);
		check_slice(rows[i].name, buf_slice(&buf), rows[i].want);
	}
}

/* As far apart as can be, as many as can be: no number overflows. */
static void
fits_its_numbers(void **state)
{
	uint32_t points[PUNYCODE_MAX];
	char text[PUNYCODE_MAX * 8];
	struct buf buf;
	size_t i;

	(void)state;
	for (i = 0; i < PUNYCODE_MAX; i++)
		points[i] = i == PUNYCODE_MAX - 1 ? 0x10ffff : 0x80;
	buf_init_fixed(&buf, text, sizeof(text));
	punycode_put(&buf, points, PUNYCODE_MAX);
	check_number("status", (long)buf_status(&buf), STATUS_OK);
	check_slice("text", buf_slice(&buf),
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaa6206042e");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(follows_the_samples),
	    check_unit_test(fits_its_numbers),
	};

	return cmocka_run_group_tests_name("punycode", tests, NULL, NULL);
}
