#define _XOPEN_SOURCE 700 /* posix_openpt */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/ctl/progress.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

struct terminal {
	int master;
	FILE *out;
};

static void
terminal_open(struct terminal *terminal)
{
	terminal->master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(terminal->master >= 0);
	assert_int_equal(grantpt(terminal->master), 0);
	assert_int_equal(unlockpt(terminal->master), 0);
	terminal->out = fopen(ptsname(terminal->master), "w");
	assert_non_null(terminal->out);
}

/* What was drawn since the last look; call it only when something was. */
static void
check_screen(const char *row, const struct terminal *terminal,
    const char *want)
{
	size_t wanted = strlen(want), len = 0;
	char got[256];

	/* What was written in pieces may be read in pieces. */
	while (len < wanted) {
		ssize_t more = read(terminal->master, got + len,
		    sizeof(got) - 1 - len);

		assert_true(more > 0);
		len += (size_t)more;
	}
	got[len] = '\0';
	check_text(row, got, want);
}

static void
terminal_close(struct terminal *terminal)
{
	(void)fclose(terminal->out);
	(void)close(terminal->master);
}

static void
draws_on_a_terminal(void **state)
{
	static const struct {
		const char *row;
		unsigned long total, done;
		const char *what, *want;
	} rows[] = {
	    {"of so many", 120, 3, "bank.example",
		"\r\033[K3/120 bank.example"},
	    {"total unknown", 0, 1200, "lines", "\r\033[K1200 lines"},
	    {"no control byte", 2, 1, "a\033[2Jb", "\r\033[K1/2 a?[2Jb"},
	    {"cut", 1, 1,
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaa",
		"\r\033[K1/1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaa"},
	};
	struct progress progress;
	struct terminal terminal;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		terminal_open(&terminal);
		progress_begin(&progress, terminal.out, rows[i].total);
		progress_show(&progress, rows[i].done, rows[i].what);
		check_screen(rows[i].row, &terminal, rows[i].want);
		progress_end(&progress);
		check_screen(rows[i].row, &terminal, "\r\033[K");
		terminal_close(&terminal);
	}
}

static void
keeps_the_pace(void **state)
{
	struct progress progress;
	struct terminal terminal;

	(void)state;
	terminal_open(&terminal);
	progress_begin(&progress, terminal.out, 3);
	progress_pace(&progress, 3600L * 1000);
	progress_show(&progress, 1, "a");
	progress_show(&progress, 2, "b");
	progress_pace(&progress, 0);
	progress_show(&progress, 3, "c");
	check_screen("second is spared", &terminal,
	    "\r\033[K1/3 a\r\033[K3/3 c");
	terminal_close(&terminal);
}

static void
is_silent_elsewhere(void **state)
{
	struct progress progress;
	FILE *out = tmpfile();

	(void)state;
	assert_non_null(out);
	progress_begin(&progress, out, 2);
	progress_show(&progress, 1, "a");
	progress_end(&progress);
	check_number("octets", ftell(out), 0);
	(void)fclose(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(draws_on_a_terminal),
	    check_unit_test(keeps_the_pace),
	    check_unit_test(is_silent_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
