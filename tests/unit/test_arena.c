#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/base/arena.h"
#include "tests/unit/check.h"

static void
gives_zeroed_aligned_memory(void **state)
{
	static const size_t sizes[] = {0, 1, 7, 16, 63, 64, 65, 1000, 3};
	unsigned char *got;
	struct arena *arena;
	size_t i, k;

	(void)state;
	check_number("new", arena_new(64, 10000, &arena), STATUS_OK);
	for (i = 0; i < 2 * LENGTH(sizes); i++) {
		got = arena_alloc(arena, sizes[i % LENGTH(sizes)]);
		assert_non_null(got);
		check_number("aligned",
		    (long)((uintptr_t)got % _Alignof(max_align_t)), 0);
		for (k = 0; k < sizes[i % LENGTH(sizes)]; k++)
			check_number("zero", got[k], 0);
		memset(got, 0xff, sizes[i % LENGTH(sizes)]);
		if (i + 1 == LENGTH(sizes))
			arena_reset(arena);
	}
	arena_free(&arena);
	assert_null(arena);
	arena_free(&arena);
}

static void
stops_at_its_ceiling(void **state)
{
	struct arena *arena;
	int i;

	(void)state;
	check_number("new", arena_new(100, 1000, &arena), STATUS_OK);
	assert_null(arena_alloc(arena, 1001));
	assert_null(arena_alloc(arena, (size_t)-1));
	assert_null(arena_alloc(arena, (size_t)-1 / 2));
	for (i = 0; i < 1000 && arena_alloc(arena, 16) != NULL; i++)
		continue;
	assert_in_range(i, 25, 63);
	assert_in_range(arena_held(arena), 900, 1000);
	arena_reset(arena);
	check_number("held", (long)arena_held(arena), 100);
	assert_non_null(arena_alloc(arena, 800));
	arena_free(&arena);
	check_number("too small", arena_new(100, 10, &arena), STATUS_NOMEM);
}

static void
copies_text(void **state)
{
	struct arena *arena;
	const char *copy;

	(void)state;
	check_number("new", arena_new(16, 1000, &arena), STATUS_OK);
	check_text("empty", arena_copy(arena, slice_make(NULL, 0)), "");
	copy = arena_copy(arena, slice_make("abcd", 2));
	check_text("part", copy, "ab");
	assert_null(arena_copy(arena, slice_make("x", 1000)));
	check_text("kept", copy, "ab");
	arena_free(&arena);
}

/* A big request between small ones does not lose what they hold. */
static void
keeps_what_it_gave(void **state)
{
	struct arena *arena;
	char *small, *big, *after;

	(void)state;
	check_number("new", arena_new(32, 100000, &arena), STATUS_OK);
	small = arena_copy(arena, slice_of("small"));
	big = arena_alloc(arena, 5000);
	after = arena_copy(arena, slice_of("after"));
	memset(big, 'x', 5000);
	check_text("small", small, "small");
	check_text("after", after, "after");
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(gives_zeroed_aligned_memory),
	    check_unit_test(stops_at_its_ceiling),
	    check_unit_test(copies_text),
	    check_unit_test(keeps_what_it_gave),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
