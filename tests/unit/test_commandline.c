#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <getopt.h>
#include <stdio.h>

#include "milter/ctl/commandline.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

struct said {
	const char *file;
	bool dry_run;
	int64_t since;
	char taken[16];
};

static bool
take_word(const char *text, void *context)
{
	struct said *said = context;

	if (strlen(text) >= sizeof(said->taken))
		return false;
	memcpy(said->taken, text, strlen(text) + 1);
	return true;
}

static int
read_words(char **words, struct said *out)
{
	const struct commandline_option options[] = {
	    {"c", .text = &out->file},
	    {"n", .flag = &out->dry_run},
	    {"config", .text = &out->file},
	    {"dry-run", .flag = &out->dry_run},
	    {"since", .day = &out->since},
	    {"word", .take = take_word},
	    {.name = NULL}};
	int count = 0;

	while (words[count] != NULL)
		count++;
	memset(out, 0, sizeof(*out));
	out->file = "-";
	optind = 0; /* getopt_long(3): begin afresh */
	opterr = 0;
	return commandline_read(count, words, options, out);
}

static void
reads_words(void **state)
{
	static char name[] = "name", c[] = "-c", n[] = "-n", file[] = "file",
		    glued[] = "-cother", both[] = "-nc", config[] = "--config",
		    equal[] = "--config=third", dry_run[] = "--dry-run",
		    since[] = "--since", day[] = "1970-01-03", none[] = "today",
		    word[] = "--word", w[] = "w", end[] = "--",
		    longer[] = "longer than it may be", short_of[] = "--wor",
		    unknown[] = "--unknown", query[] = "-?", u[] = "-u",
		    flag[] = "--dry-run=yes";
	static struct {
		char *words[6];
		int first; /* of what is left; -1: refused */
		const char *file;
		bool dry_run;
		long since;
		const char *taken;
	} rows[] = {
	    {{name}, 1, "-", false, 0, ""},
	    {{name, c, file}, 3, "file", false, 0, ""},
	    {{name, glued, n}, 3, "other", true, 0, ""},
	    {{name, both, file}, 3, "file", true, 0, ""},
	    {{name, config, file, dry_run}, 4, "file", true, 0, ""},
	    {{name, equal, c, file}, 4, "file", false, 0, ""},
	    {{name, since, day}, 3, "-", false, 2, ""},
	    {{name, word, w}, 3, "-", false, 0, "w"},
	    {{name, short_of, w}, 3, "-", false, 0, "w"},
	    {{name, w, n, file}, 2, "-", true, 0, ""},
	    {{name, end, n}, 2, "-", false, 0, ""},
	    {{name, since, none}, -1, "-", false, 0, ""},
	    {{name, word, longer}, -1, "-", false, 0, ""},
	    {{name, c}, -1, "-", false, 0, ""},
	    {{name, flag}, -1, "-", false, 0, ""},
	    {{name, unknown}, -1, "-", false, 0, ""},
	    {{name, query}, -1, "-", false, 0, ""},
	    {{name, u}, -1, "-", false, 0, ""},
	};
	struct said said;
	char row[32];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		(void)snprintf(row, sizeof(row), "row %zu", i);
		check_number(row, read_words(rows[i].words, &said),
		    rows[i].first);
		check_text(row, said.file, rows[i].file);
		check_number(row, said.dry_run, rows[i].dry_run);
		check_number(row, (long)said.since, rows[i].since);
		check_text(row, said.taken, rows[i].taken);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {check_unit_test(reads_words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
