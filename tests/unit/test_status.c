#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "policy/base/status.h"
#include "tests/unit/check.h"

static void
keeps_the_sentence(void **state)
{
	struct fault fault;
	enum status got;

	(void)state;
	got = fault_set(&fault, STATUS_LIMIT, "%s:%d: too long", "a.conf", 7);
	check_number("returned", got, STATUS_LIMIT);
	check_number("kept", fault.status, STATUS_LIMIT);
	check_text("sentence", fault.text, "a.conf:7: too long");
}

static void
may_be_null(void **state)
{
	(void)state;
	check_number("set", fault_set(NULL, STATUS_IO, "x"), STATUS_IO);
	check_number("errno", fault_errno(NULL, STATUS_IO, EACCES, "x"),
	    STATUS_IO);
}

static void
appends_the_words_of_errno(void **state)
{
	struct fault fault;
	enum status got;

	(void)state;
	got = fault_errno(&fault, STATUS_DENIED, EACCES, "open %s", "key");
	check_number("returned", got, STATUS_DENIED);
	check_text("sentence", fault.text, "open key: Permission denied");
	(void)fault_errno(&fault, STATUS_IO, 99999, "open");
	assert_true(slice_begins_nocase(slice_of(fault.text), "open: "));
}

static void
keeps_errno(void **state)
{
	struct fault fault;

	(void)state;
	errno = ENOENT;
	(void)fault_set(&fault, STATUS_IO, "%d", 1);
	check_number("set", errno, ENOENT);
	(void)fault_errno(&fault, STATUS_IO, 99999, "%d", 1);
	check_number("errno", errno, ENOENT);
}

static void
cuts_long_sentences(void **state)
{
	char text[2 * FAULT_MAX];
	struct fault fault;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	(void)fault_set(&fault, STATUS_IO, "%s", text);
	check_number("set", (long)strlen(fault.text), FAULT_MAX - 1);
	(void)fault_errno(&fault, STATUS_IO, EACCES, "%s", text);
	check_number("errno", (long)strlen(fault.text), FAULT_MAX - 1);
	text[FAULT_MAX - 5] = '\0';
	(void)fault_errno(&fault, STATUS_IO, EACCES, "%s", text);
	check_number("half", (long)strlen(fault.text), FAULT_MAX - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(keeps_the_sentence),
	    check_unit_test(may_be_null),
	    check_unit_test(appends_the_words_of_errno),
	    check_unit_test(keeps_errno),
	    check_unit_test(cuts_long_sentences),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
