#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/session/mark.h"
#include "policy/base/buf.h"
#include "tests/unit/check.h"

static const struct outbound_config outbound = {
    .mark_subject = "[secure]",
    .mark_subject_remove = true,
    .mark_header_name = "X-Require-TLS",
    .mark_header_value = "yes",
    .mark_recipient_prefix = "s:",
    .route_header_name = "Route",
    .route_header_value = "tls",
};

static struct arena *
make_arena(void)
{
	struct arena *arena;

	assert_int_equal(arena_new(1024, 1024 * 1024, &arena), STATUS_OK);
	return arena;
}

/* What is done: `Route+tls`, `Subject#1=x`, `Subject#2-`, `-<a>`, `+<b>`. */
static void
write_edits(const struct edits *edits, struct buf *out)
{
	const struct edit *edit;

	buf_reset(out);
	for (edit = edits->first; edit != NULL; edit = edit->next) {
		if (out->len > 0)
			buf_putc(out, ' ');
		switch (edit->kind) {
		case EDIT_DELETE_FIELD:
			buf_printf(out, "%s#%u-", edit->name,
			    (unsigned)edit->occurrence);
			break;
		case EDIT_CHANGE_FIELD:
			buf_printf(out, "%s#%u=%s", edit->name,
			    (unsigned)edit->occurrence, edit->value);
			break;
		case EDIT_INSERT_FIELD:
			buf_printf(out, "%s+%s", edit->name, edit->value);
			break;
		case EDIT_DELETE_RCPT:
			buf_printf(out, "-%s", edit->value);
			break;
		case EDIT_ADD_RCPT:
			buf_printf(out, "+%s", edit->value);
			break;
		}
	}
}

static void
takes_prefixes_off(void **state)
{
	static const struct {
		const char *in, *want; /* NULL: no prefix */
	} rows[] = {
	    {"s:bob@x", "bob@x"},
	    {"S:bob@x", "bob@x"},
	    {"s:s:bob@x", "s:bob@x"},
	    {"s:bob", "bob"},
	    {"\"s:bob\"@x", "bob@x"},
	    {"\"s:bob smith\"@x", "\"bob smith\"@x"},
	    {"\"s:bo\\\"b\"@x", "\"bo\\\"b\"@x"},
	    {"\"s:bob", "\"bob"},
	    {"s:\"bob smith\"@x", "\"bob smith\"@x"},
	    {"s:@x", NULL},
	    {"\"s:\"@x", NULL},
	    {"s:", NULL},
	    {"s", NULL},
	    {"", NULL},
	    {"\"", NULL},
	    {"bob.s:@x", NULL},
	};
	struct arena *arena = make_arena();
	struct mark mark;
	struct slice bare;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct slice address = slice_of(rows[i].in);

		mark_begin(&mark, &outbound, true);
		bare = slice_make(NULL, 0);
		check_number(rows[i].in,
		    mark_has_prefix(&mark, arena, address, &bare),
		    rows[i].want != NULL);
		check_slice(rows[i].in, bare,
		    rows[i].want == NULL ? "" : rows[i].want);
		mark_begin(&mark, &outbound, false);
		check_number(rows[i].in,
		    mark_has_prefix(&mark, arena, address, &bare), false);
	}
	arena_free(&arena);
}

static void
reads_fields(void **state)
{
	static const struct {
		const char *row;
		bool honoured;
		const char *fields[8]; /* name, value, ... */
		const char *want;
	} rows[] = {
	    {"none", true, {"From", " a"}, ""},
	    {"subject", true, {"Subject", " [SECURE] x"},
		"Subject#1=x Route+tls"},
	    {"only", true, {"Subject", "[secure]"}, "Subject#1- Route+tls"},
	    {"encoded", true, {"Subject", " =?utf-8?Q?=5Bsecure=5D?="},
		"Route+tls"},
	    {"later", true, {"Subject", " Re: [secure] x"}, ""},
	    {"several", true,
		{"Subject", "a", "subject", "[secure]", "SUBJECT",
		    "[secure] c"},
		"Subject#3=c Subject#2- Route+tls"},
	    {"header", true, {"x-require-tls", " YES "}, "Route+tls"},
	    {"other value", true, {"X-Require-TLS", "no"}, ""},
	    {"own route", true, {"Route", "tls"}, ""},
	    {"stranger", false,
		{"Subject", "[secure] x", "X-Require-TLS", "yes"}, ""},
	    {"stripped", false, {"Route", "a", "A", "b", "ROUTE", ""},
		"Route#2- Route#1-"},
	};
	struct arena *arena = make_arena();
	struct mark mark;
	struct edits edits;
	struct buf got;
	size_t i, j;

	(void)state;
	buf_init(&got, 4096);
	for (i = 0; i < LENGTH(rows); i++) {
		mark_begin(&mark, &outbound, rows[i].honoured);
		for (j = 0; j < 8 && rows[i].fields[j] != NULL; j += 2) {
			struct slice value = slice_of(rows[i].fields[j + 1]);

			(void)mark_header(&mark, arena,
			    slice_of(rows[i].fields[j]), &value);
		}
		edits_reset(&edits);
		assert_int_equal(mark_finish(&mark, arena, &edits),
		    STATUS_OK);
		write_edits(&edits, &got);
		check_text(rows[i].row, buf_text(&got), rows[i].want);
		check_number(rows[i].row, mark_has_work(&mark),
		    rows[i].want[0] != '\0');
	}
	buf_clear(&got);
	arena_free(&arena);
}

static void
changes_recipients(void **state)
{
	struct arena *arena = make_arena();
	struct mark mark;
	struct edits edits;
	struct buf got;

	(void)state;
	buf_init(&got, 4096);
	mark_begin(&mark, &outbound, true);
	mark_add_prefixed(&mark, arena, slice_of("s:b@x"), slice_of("b@x"));
	check_number("set", mark.is_set, true);
	check_number("for one", mark.for_all, false);
	edits_reset(&edits);
	assert_int_equal(mark_finish(&mark, arena, &edits), STATUS_OK);
	write_edits(&edits, &got);
	check_text("edits", buf_text(&got), "+<b@x> -<s:b@x> Route+tls");
	/* no memory for the bare address: the message must wait */
	mark_add_prefixed(&mark, arena, slice_of("s:b@x"), slice_of(""));
	check_number("failed", mark_finish(&mark, arena, &edits),
	    STATUS_NOMEM);
	mark_begin(&mark, &outbound, true);
	mark_requiretls(&mark);
	check_number("requiretls", mark.for_all, true);
	mark_begin(&mark, NULL, true);
	mark_requiretls(&mark);
	check_number("nothing configured", mark_has_work(&mark), false);
	buf_clear(&got);
	arena_free(&arena);
}

static void
fails_at_its_limit(void **state)
{
	struct arena *arena = make_arena();
	struct slice value = slice_of("x");
	struct edits edits;
	struct mark mark;
	size_t i;

	(void)state;
	mark_begin(&mark, &outbound, false);
	for (i = 0; i < EDITS_PUSHED_MAX; i++)
		(void)mark_header(&mark, arena, slice_of("Route"), &value);
	check_number("all", mark.failed, false);
	(void)mark_header(&mark, arena, slice_of("Route"), &value);
	edits_reset(&edits);
	check_number("one more", mark_finish(&mark, arena, &edits),
	    STATUS_NOMEM);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(takes_prefixes_off),
	    check_unit_test(reads_fields),
	    check_unit_test(changes_recipients),
	    check_unit_test(fails_at_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
