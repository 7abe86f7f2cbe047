#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "milter/system/input.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

enum { CEILING = 8 };

static char folder[] = "/tmp/hopseal-input-XXXXXX";
static char path[64];

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/text", folder);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

/* content NULL: there is no such file. */
static void
make_file(const char *content)
{
	FILE *file;

	(void)unlink(path);
	if (content == NULL)
		return;
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(content, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static enum status
read_unnamed(const char *file, struct buf *out, struct fault *fault)
{
	return input_read_unnamed(file, out, NULL, fault);
}

/* sentence: with a %s where the file's name stands. */
static void
says_what_is_wrong(void **state)
{
	static const struct {
		enum status (*read)(const char *, struct buf *,
		    struct fault *);
		const char *content;
		enum status want;
		const char *sentence;
	} rows[] = {
	    {input_read, "12345678", STATUS_OK, ""},
	    {input_read_regular, "", STATUS_OK, ""},
	    {read_unnamed, "12345678", STATUS_OK, ""},
	    {input_read, NULL, STATUS_IO,
		"cannot open %s: No such file or directory"},
	    {input_read_regular, NULL, STATUS_IO,
		"cannot open %s: No such file or directory"},
	    {read_unnamed, NULL, STATUS_IO,
		"cannot be opened: No such file or directory"},
	    {input_read, "123456789", STATUS_LIMIT,
		"%s is larger than 8 octets"},
	    {input_read_regular, "123456789", STATUS_LIMIT,
		"%s is larger than 8 octets"},
	    {read_unnamed, "123456789", STATUS_LIMIT,
		"is larger than 8 octets"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		const char *mark = strstr(rows[i].sentence, "%s");
		struct fault fault = {STATUS_OK, ""};
		char want[256];
		struct buf text;

		make_file(rows[i].content);
		buf_init(&text, CEILING);
		check_number(rows[i].sentence, rows[i].read(path, &text,
		    &fault), rows[i].want);
		if (rows[i].want == STATUS_OK)
			check_slice("content", buf_slice(&text),
			    rows[i].content);
		buf_clear(&text);
		(void)snprintf(want, sizeof(want), "%.*s%s%s",
		    mark == NULL ? 0 : (int)(mark - rows[i].sentence),
		    rows[i].sentence, mark == NULL ? "" : path,
		    mark == NULL ? rows[i].sentence : mark + 2);
		check_text("sentence", fault.text, want);
	}
}

static void
refuses_a_folder(void **state)
{
	struct fault fault;
	struct buf text;
	char want[128];

	(void)state;
	(void)snprintf(want, sizeof(want),
	    "%s is a folder, and not a regular file", folder);
	buf_init(&text, CEILING);
	check_number("status", input_read_regular(folder, &text, &fault),
	    STATUS_IO);
	check_text("sentence", fault.text, want);
	buf_clear(&text);
}

/* The same file under two names, and another one. */
static void
tells_files_apart(void **state)
{
	struct input_identity here = {0, 0}, again = {0, 0}, other = {0, 0};
	char longer[96];
	struct buf text;

	(void)state;
	make_file("x");
	(void)snprintf(longer, sizeof(longer), "%s/./text", folder);
	buf_init(&text, CEILING);
	assert_int_equal(input_read_unnamed(path, &text, &here, NULL),
	    STATUS_OK);
	assert_int_equal(input_read_unnamed(longer, &text, &again, NULL),
	    STATUS_OK);
	assert_int_equal(input_read_unnamed("/dev/null", &text, &other, NULL),
	    STATUS_OK);
	check_number("same", here.inode == again.inode &&
	    here.device == again.device, true);
	check_number("other", here.inode == other.inode &&
	    here.device == other.device, false);
	check_slice("appended", buf_slice(&text), "xx");
	buf_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(says_what_is_wrong),
	    check_unit_test(refuses_a_folder),
	    check_unit_test(tells_files_apart),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
