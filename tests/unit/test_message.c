#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/session/message.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

static void
strips_ours(void **state)
{
	static const char *const values[] = {" v=1; d=example.org; b=A",
	    " v=1; d=other.example; b=A", " v=1; d=mx.example.org; b=A",
	    " nonsense"};
	struct message message;
	struct fault fault;
	struct arena *arena;
	size_t i;

	(void)state;
	assert_int_equal(arena_new(256, 65536, &arena), STATUS_OK);
	message_init(&message, arena);
	assert_int_equal(message_begin(&message, "example.org", false,
	    &fault), STATUS_OK);
	for (i = 0; i < LENGTH(values); i++)
		message_header(&message, slice_of("delivered-SECURELY"),
		    slice_of(values[i]));
	message_header(&message, slice_of("X"), slice_of(values[0]));
	check_number("strips", (long)message.strips.count, 3);
	check_number("last first", message.strips.first->occurrence, 4);
	check_number("first last", message.strips.last->occurrence, 1);
	assert_int_equal(message_begin(&message, NULL, false, &fault),
	    STATUS_OK);
	message_header(&message, slice_of(STAMP_FIELD_NAME),
	    slice_of(values[0]));
	check_number("afresh, not ours", (long)message.strips.count, 0);
	assert_int_equal(message_begin(&message, NULL, true, &fault),
	    STATUS_OK);
	check_number("stamper", message.stamper != NULL, true);
	check_number("stamping", message.stamping, true);
	message_clear(&message);
	check_number("cleared", message.stamper == NULL, true);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {check_unit_test(strips_ours)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
