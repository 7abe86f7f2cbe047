#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/ctl/program.h"
#include "tests/unit/check.h"

static void
gives_what_is_printed(void **state)
{
	static const struct {
		const char *row;
		const char *argv[4];
		enum status want;
		const char *output, *sentence;
	} rows[] = {
	    {"output", {"echo", "a b", "c"}, STATUS_OK, "a b c\n", ""},
	    {"no shell", {"echo", "$HOME;id"}, STATUS_OK, "$HOME;id\n", ""},
	    {"input is empty", {"cat"}, STATUS_OK, "", ""},
	    {"nothing", {"true"}, STATUS_OK, "", ""},
	    {"code", {"sh", "-c", "echo why >&2; echo more >&2; exit 3"},
		STATUS_IO, "", "sh ended with code 3: why"},
	    {"signal", {"sh", "-c", "kill -9 $$"}, STATUS_IO, "",
		"sh was ended by signal 9"},
	    {"not there", {"/nonexistent/program"}, STATUS_NOTFOUND, "",
		"cannot run /nonexistent/program: No such file or directory"},
	    {"too much", {"printf", "%200d", "1"}, STATUS_LIMIT, "",
		"printf prints more than is expected"},
	    {"complaints are dropped", {"sh", "-c",
		"head -c 99999 /dev/zero >&2; echo good"}, STATUS_OK,
		"good\n", ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct fault fault = {STATUS_OK, ""};
		struct buf out;

		buf_init(&out, 100);
		check_number(rows[i].row,
		    program_run(rows[i].argv, &out, &fault), rows[i].want);
		if (rows[i].want == STATUS_OK)
			check_text(rows[i].row, buf_text(&out),
			    rows[i].output);
		check_text(rows[i].row, fault.text, rows[i].sentence);
		buf_clear(&out);
	}
}

static void
gives_its_input(void **state)
{
	static const char *const cat[] = {"cat", NULL}, *const none[] = {
	    "true", NULL};
	struct buf out;
	struct fault fault;

	(void)state;
	buf_init(&out, 100);
	check_number("read", program_feed(cat, slice_of("a\nb"), &out,
	    &fault), STATUS_OK);
	check_text("what was read", buf_text(&out), "a\nb");
	check_number("not read", program_feed(none, slice_of("a"), &out,
	    &fault), STATUS_OK);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(gives_what_is_printed),
	    check_unit_test(gives_its_input),
	};

	return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
