#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "milter/stamp/taglist.h"
#include "policy/base/buf.h"
#include "tests/unit/check.h"

/* RFC 6376, 3.2; want is the list as `name=value|`, NULL: refused. */
static void
reads_tag_lists(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
	    {"v=1", "v=1|"},
	    {"v=1;", "v=1|"},
	    {"v=1; ", "v=1|"},
	    {"v=1;\r\n", "v=1|"},
	    {" v = 1 ; a = b ", "v=1|a=b|"},
	    {"v=1;\r\n\ta=b", "v=1|a=b|"},
	    {"v=1;\n a=b", "v=1|a=b|"},
	    {"h=from:\r\n to:cc", "h=from:\r\n to:cc|"},
	    {"b=", "b=|"},
	    {"b= ; c=", "b=|c=|"},
	    {"p=a=b==", "p=a=b==|"},
	    {"A=1;a=2", "A=1|a=2|"},
	    {"a_9Z=!~", "a_9Z=!~|"},
	    {"", NULL},
	    {" ", NULL},
	    {";", NULL},
	    {"v=1;;a=b", NULL},
	    {"; v=1", NULL},
	    {"v", NULL},
	    {"v=1; nonsense", NULL},
	    {"=1", NULL},
	    {"9a=1", NULL},
	    {"_a=1", NULL},
	    {"a-b=1", NULL},
	    {"a b=1", NULL},
	    {"a=1; a=1", NULL},
	    {"a=1; b=2; a=3", NULL},
	    {"a=\x80", NULL},
	    {"a=\x7f", NULL},
	    {"a=\x01", NULL},
	    {"a=x\rb=y", NULL},
	    {"a=x\nb=y", NULL},
	    {"a=x\r\nb=y", NULL},
	    {"a=x\r\n\r\n y", NULL},
	};
	struct taglist list;
	struct buf got;
	size_t i, j;

	(void)state;
	buf_init(&got, 1000);
	for (i = 0; i < LENGTH(rows); i++) {
		enum status status = taglist_read(slice_of(rows[i].in), &list);

		check_number(rows[i].in, status,
		    rows[i].want == NULL ? STATUS_SYNTAX : STATUS_OK);
		if (status != STATUS_OK || rows[i].want == NULL)
			continue;
		buf_reset(&got);
		for (j = 0; j < list.count; j++) {
			buf_put_slice(&got, list.tags[j].name);
			buf_putc(&got, '=');
			buf_put_slice(&got, list.tags[j].value);
			buf_putc(&got, '|');
		}
		check_text(rows[i].in, buf_text(&got), rows[i].want);
	}
	buf_clear(&got);
}

static void
finds_by_exact_name(void **state)
{
	static const char text[] = "v=1; b= x\r\n y ;bh=z";
	struct taglist list;

	(void)state;
	assert_int_equal(taglist_read(slice_of(text), &list), STATUS_OK);
	check_slice("b", taglist_find(&list, "b")->value, "x\r\n y");
	check_slice("raw", taglist_find(&list, "b")->raw, " x\r\n y ");
	check_slice("bh", taglist_find(&list, "bh")->value, "z");
	check_number("B", taglist_find(&list, "B") == NULL, true);
	check_number("bhh", taglist_find(&list, "bhh") == NULL, true);
}

static void
stops_at_its_limit(void **state)
{
	char text[1000] = "";
	struct taglist list;
	size_t len = 0;
	int i;

	(void)state;
	for (i = 0; i < TAGLIST_MAX + 1; i++) {
		enum status want = i < TAGLIST_MAX ? STATUS_OK : STATUS_LIMIT;

		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "t%d=x;", i);
		check_number("tags", taglist_read(slice_make(text, len),
		    &list), want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(reads_tag_lists),
	    check_unit_test(finds_by_exact_name),
	    check_unit_test(stops_at_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
