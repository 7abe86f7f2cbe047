#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/session/encodedword.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

static void
decodes(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
	    {"", ""},
	    {"plain text", "plain text"},
	    {"=?utf-8?Q?a_b=20c=3d?=", "a b c="},
	    {"=?utf-8?q?=zz=4?=", "=zz=4"},
	    {"=?utf-8?B?W3NlY3VyZV0=?= x", "[secure] x"},
	    {"=?utf-8?b?W3NlY3VyZV0?=", "=?utf-8?b?W3NlY3VyZV0?="},
	    {"=?a?Q?x?=\r\n =?b?Q?y?= z", "xy z"},
	    {"=?a*de?Q?x?=", "x"},
	    {"=?a?X?x?=", "=?a?X?x?="},
	    {"=??Q?x?=", "=??Q?x?="},
	    {"=?a?Q?x", "=?a?Q?x"},
	    {"=?a?Q?x?", "=?a?Q?x?"},
	    {"=?a?Q", "=?a?Q"},
	    {"=?", "=?"},
	    {"=?a?Q?" "?=x", "x"},
	};
	char out[64];
	size_t i, len;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		len = encodedword_decode(slice_of(rows[i].in), out,
		    sizeof(out));
		check_slice(rows[i].in, slice_make(out, len), rows[i].want);
		len = encodedword_decode(slice_of(rows[i].in), out, 1);
		check_number(rows[i].in, (long)len,
		    rows[i].want[0] != '\0');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {check_unit_test(decodes)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
