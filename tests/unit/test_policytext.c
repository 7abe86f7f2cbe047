#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "milter/ctl/policytext.h"
#include "tests/unit/check.h"

static void
says_what_differs(void **state)
{
	static const struct {
		const char *old, *new, *want;
	} rows[] = {
	    {"", "", ""},
	    {"a.example c\n", "# comment\n\nA.Example.\t c # x\r\n", ""},
	    {"a.example c\nb.example c\n", "b.example c\na.example c\n", ""},
	    {"", ".a.example c\na.example c\n",
	     "+ .a.example c\n+ a.example c\n"},
	    {"a.example c\nb.example c\n", "b.example d\nc.example c\n",
	     "- a.example c\n~ b.example c -> d\n+ c.example c\n"},
	    {"class \"c\" { mode = \"require\" }\n",
	     "class \"c\"\n{\n\t# } here\n\tmode = \"require\"\n}\n", ""},
	    {"class \"c\" { mode = \"require\" }\nclass d { }\n",
	     "class \"c\" { mode = \"prefer\" }\nclass d { }\n",
	     "~ class \"c\" { mode = \"require\" } -> "
	     "{ mode = \"prefer\" }\n"},
	    {"class c { a = '}' b = \"\\\"{\" } client d { }\n", "class c { }\n",
	     "~ class c { a = '}' b = \"\\\"{\" } -> { }\n- client d { }\n"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct policytext *old, *new;
		char *said = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&said, &len);

		assert_non_null(out);
		assert_int_equal(policytext_read(slice_of(rows[i].old), &old),
		    STATUS_OK);
		assert_int_equal(policytext_read(slice_of(rows[i].new), &new),
		    STATUS_OK);
		(void)policytext_compare(old, new, out);
		assert_int_equal(fclose(out), 0);
		check_text(rows[i].new, said, rows[i].want);
		free(said);
		policytext_free(&old);
		policytext_free(&new);
	}
}

static void
gives_each_rule(void **state)
{
	static const struct {
		const char *kind, *name, *value;
	} want[] = {
	    {"domain", ".b.example", "c"},
	    {"domain", "a.example", "c"},
	    {"class", "c", "{ mode = \"require\" }"},
	    {"class", "d", "{ }"},
	    {"client", "192.0.2.0/24", "{ }"},
	};
	struct policytext *text;
	struct policytext_entry entry;
	size_t i;

	(void)state;
	assert_int_equal(policytext_read(slice_of(
	    "class \"c\" { mode = \"require\" }\nclass d { }\n"
	    "client '192.0.2.0/24' { }\nA.example c\n.b.example  c # x\n"),
	    &text), STATUS_OK);
	for (i = 0; policytext_at(text, i, &entry); i++) {
		assert_true(i < LENGTH(want));
		check_slice(want[i].name, entry.kind, want[i].kind);
		check_slice(want[i].name, entry.name, want[i].name);
		check_slice(want[i].name, entry.value, want[i].value);
	}
	assert_int_equal(i, LENGTH(want));
	policytext_free(&text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    check_unit_test(says_what_differs),
	    check_unit_test(gives_each_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
