#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "milter/ctl/smtpdialogue.h"
#include "tests/unit/check.h"

static void
reads_lines(void **state)
{
	static const struct {
		const char *in;
		int want;
		unsigned code;
		const char *text;
	} rows[] = {
	    {"250 ok", 0, 250, "250 ok"},
	    {"250-more", 1, 250, "250-more"},
	    {"250", 0, 250, "250"},
	    {"250-", 1, 250, "250-"},
	    {"250 caf\xc3\xa9\x1b", 0, 250, "250 caf???"},
	    {"554 5.7.1 no", 0, 554, "554 5.7.1 no"},
	    {"", -1, 0, ""},
	    {"25", -1, 0, ""},
	    {"199 x", -1, 0, ""},
	    {"600 x", -1, 0, ""},
	    {"+50 x", -1, 0, ""},
	    {"250x", -1, 0, ""},
	    {"2500 x", -1, 0, ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct smtp_reply reply;

		memset(&reply, 0, sizeof(reply));
		check_number(rows[i].in,
		    smtp_read_line(slice_of(rows[i].in), &reply),
		    rows[i].want);
		check_number(rows[i].in, reply.code, rows[i].code);
		check_text(rows[i].in, reply.text, rows[i].text);
	}
}

static void
finds_keywords(void **state)
{
	static const struct {
		const char *in;
		bool starttls, requiretls;
	} rows[] = {
	    {"250-STARTTLS", true, false},
	    {"250 starttls", true, false},
	    {"250 REQUIRETLS", false, true},
	    {"250 STARTTLS now", true, false},
	    {"250 XSTARTTLS", false, false},
	    {"250 STARTTLSX", false, false},
	    {"250", false, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct smtp_reply reply;

		memset(&reply, 0, sizeof(reply));
		(void)smtp_read_line(slice_of(rows[i].in), &reply);
		check_number(rows[i].in, reply.starttls, rows[i].starttls);
		check_number(rows[i].in, reply.requiretls,
		    rows[i].requiretls);
	}
}

static void
codes_must_agree(void **state)
{
	struct smtp_reply reply;

	(void)state;
	memset(&reply, 0, sizeof(reply));
	check_number("first", smtp_read_line(slice_of("250-a"), &reply), 1);
	check_number("same", smtp_read_line(slice_of("250-b"), &reply), 1);
	check_number("other", smtp_read_line(slice_of("251 c"), &reply), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(reads_lines),
	    check_unit_test(finds_keywords),
	    check_unit_test(codes_must_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
