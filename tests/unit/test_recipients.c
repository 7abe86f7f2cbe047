#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/session/recipients.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

/* addresses: accepted in that order. */
static void
check_row(const char *name, const char *const *addresses, const char *domain,
    const char *address)
{
	struct recipients recipients;
	struct domain each;
	struct arena *arena;

	assert_int_equal(arena_new(256, 65536, &arena), STATUS_OK);
	recipients_reset(&recipients);
	for (; *addresses != NULL; addresses++) {
		domain_normalize(slice_of(strchr(*addresses, '@') + 1), &each);
		assert_int_equal(recipients_add(&recipients, arena, &each,
		    slice_of(*addresses)), STATUS_OK);
	}
	check_text(name, recipients_domain(&recipients) == NULL ? "-"
	    : recipients_domain(&recipients)->text, domain);
	check_text(name, recipients_address(&recipients) == NULL ? "-"
	    : recipients_address(&recipients), address);
	arena_free(&arena);
}

static void
names_what_all_share(void **state)
{
	static const struct {
		const char *name;
		const char *addresses[4];
		const char *domain, *address;
	} rows[] = {
	    {"none", {NULL}, "-", "-"},
	    {"one", {"a@x.example", NULL}, "x.example", "a@x.example"},
	    {"the same twice", {"a@x.example", "a@x.example", NULL},
		"x.example", "-"},
	    {"one domain", {"a@x.example", "b@X.example", NULL}, "x.example",
		"-"},
	    {"two domains", {"a@x.example", "a@y.example", NULL}, "-", "-"},
	    {"the first again",
		{"a@x.example", "a@y.example", "b@x.example", NULL}, "-",
		"-"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		check_row(rows[i].name, rows[i].addresses, rows[i].domain,
		    rows[i].address);
}

static void
keeps_the_first_unbound(void **state)
{
	struct recipients recipients;
	struct domain first, second;

	(void)state;
	domain_normalize(slice_of("x.example"), &first);
	domain_normalize(slice_of("y.example"), &second);
	recipients_reset(&recipients);
	check_number("none", recipients.unbound.kind, DOMAIN_NONE);
	recipients_note_unbound(&recipients, &first);
	recipients_note_unbound(&recipients, &second);
	check_text("first", recipients.unbound.text, "x.example");
	recipients_reset(&recipients);
	check_number("afresh", recipients.unbound.kind, DOMAIN_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(names_what_all_share),
	    check_unit_test(keeps_the_first_unbound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
