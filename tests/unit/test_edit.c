#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/session/edit.h"
#include "tests/unit/check.h"

static void
keeps_the_order(void **state)
{
	struct edit edit = {.kind = EDIT_DELETE_FIELD, .name = "A"};
	struct edits edits, all;
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(256, 4096, &arena), STATUS_OK);
	edits_reset(&edits);
	edits_reset(&all);
	for (edit.occurrence = 1; edit.occurrence <= 2; edit.occurrence++)
		assert_int_equal(edits_push(&edits, arena, &edit),
		    STATUS_OK);
	assert_int_equal(edits_add(&edits, arena, &edit), STATUS_OK);
	check_number("pushed last", edits.first->occurrence, 2);
	check_number("pushed first", edits.first->next->occurrence, 1);
	check_number("added", edits.last->occurrence, 3);
	check_number("end", edits.last->next == NULL, true);
	assert_int_equal(edits_append(&all, arena, &edits), STATUS_OK);
	assert_int_equal(edits_append(&all, arena, &edits), STATUS_OK);
	check_number("count", (long)all.count, 6);
	check_number("copies", all.first != edits.first, true);
	check_number("source as it was", (long)edits.count, 3);
	arena_free(&arena);
}

static void
stops_when_full(void **state)
{
	struct edit edit = {.kind = EDIT_ADD_RCPT, .value = "<a@x>"};
	enum status status = STATUS_OK;
	struct edits edits;
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(256, 1024, &arena), STATUS_OK);
	edits_reset(&edits);
	while (status == STATUS_OK)
		status = edits_add(&edits, arena, &edit);
	check_number("no memory", status, STATUS_NOMEM);
	check_number("push", edits_push(&edits, arena, &edit), STATUS_NOMEM);
	edits.count = EDITS_PUSHED_MAX;
	check_number("limit", edits_push(&edits, arena, &edit),
	    STATUS_LIMIT);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(keeps_the_order),
	    check_unit_test(stops_when_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
