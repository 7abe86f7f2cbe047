#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/ctl/dnskey.h"
#include "tests/unit/check.h"

/* An answer to `x TXT` with so many records, which follow. */
#define HEADER(count) "\x12\x34\x81\x80\0\1\0" count "\0\0\0\0"
#define QUESTION      "\1x\0\0\x10\0\1"
#define RECORD(len)   "\xc0\x0c\0\x10\0\1\0\0\0\0\0" len
#define CNAME	      "\xc0\x0c\0\5\0\1\0\0\0\0\0\2\xc0\x0c"
#define MESSAGE(text) {text, sizeof(text) - 1}

static void
reads_answers(void **state)
{
	static const struct {
		const char *row;
		struct slice message;
		enum status status;
		const char *want;
	} rows[] = {
	    {"one", MESSAGE(HEADER("\1") QUESTION RECORD("\7") "\6v=DS1;"),
		STATUS_OK, "v=DS1;"},
	    {"strings are joined", MESSAGE(HEADER("\1") QUESTION
		RECORD("\x0c") "\6v=DS1;\0\3p=A"), STATUS_OK, "v=DS1;p=A"},
	    {"behind an alias", MESSAGE(HEADER("\2") QUESTION CNAME
		RECORD("\7") "\6v=DS1;"), STATUS_OK, "v=DS1;"},
	    {"ours among others", MESSAGE(HEADER("\2") QUESTION RECORD("\4")
		"\3abc" RECORD("\7") "\6v=DS1;"), STATUS_OK, "v=DS1;"},
	    {"first of ours", MESSAGE(HEADER("\2") QUESTION RECORD("\7")
		"\6v=DS1;" RECORD("\7") "\6v=DS1!"), STATUS_OK, "v=DS1;"},
	    {"revoked behind another", MESSAGE(HEADER("\2") QUESTION
		RECORD("\7") "\6v=DS1;" RECORD("\x0a") "\x09v=DS1;p= "),
		STATUS_OK, "v=DS1;p= "},
	    {"revoked in front", MESSAGE(HEADER("\2") QUESTION RECORD("\x0b")
		"\6v=DS1;\3p=;" RECORD("\7") "\6v=DS1;"),
		STATUS_OK, "v=DS1;p=;"},
	    {"revoked behind a long one", MESSAGE(HEADER("\2") QUESTION
		RECORD("\x12") "\x11v=DS1; p=AAAAAAAA" RECORD("\x09")
		"\x08v=DS1;p="), STATUS_OK, "v=DS1;p="},
	    {"cut short behind ours", MESSAGE(HEADER("\2") QUESTION
		RECORD("\7") "\6v=DS1;" RECORD("\x0a") "\x09v=DS1"),
		STATUS_BUSY, ""},
	    {"no one of ours", MESSAGE(HEADER("\1") QUESTION RECORD("\4")
		"\3abc"), STATUS_OK, "abc"},
	    {"nothing", MESSAGE(HEADER("\0") QUESTION), STATUS_NOTFOUND, ""},
	    {"alias only", MESSAGE(HEADER("\1") QUESTION CNAME),
		STATUS_NOTFOUND, ""},
	    {"no message", MESSAGE(""), STATUS_BUSY, ""},
	    {"cut short", MESSAGE(HEADER("\1") QUESTION RECORD("\7")
		"\6v=D"), STATUS_BUSY, ""},
	    {"too few records", MESSAGE(HEADER("\2") QUESTION RECORD("\4")
		"\3abc"), STATUS_BUSY, ""},
	    {"too long", MESSAGE(HEADER("\1") QUESTION RECORD("\x12")
		"\x11v=DS1; p=AAAAAAAA"), STATUS_LIMIT, ""},
	};
	struct buf record;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		enum status status;

		buf_init(&record, 16);
		status = dnskey_parse(
		    (const unsigned char *)rows[i].message.at,
		    rows[i].message.len, &record);
		check_number(rows[i].row, status, rows[i].status);
		if (status == STATUS_OK)
			check_text(rows[i].row, buf_text(&record),
			    rows[i].want);
		buf_clear(&record);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(reads_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
