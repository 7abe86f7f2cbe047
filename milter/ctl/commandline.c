#include "milter/ctl/commandline.h"

#include <getopt.h>
#include <string.h>

#include "milter/ctl/period.h"

/* What getopt_long() returns for the first row, if it is a long option. */
enum { FIRST_LONG = 256 };

/* The table as getopt_long() wants it. */
struct getopt_tables {
	struct option longs[COMMANDLINE_MAX + 1];
	char letters[2 * COMMANDLINE_MAX + 1];
};

static bool
is_letter(const struct commandline_option *option)
{
	return option->name[1] == '\0';
}

static void
fill(const struct commandline_option *options, struct getopt_tables *out)
{
	struct option *next = out->longs;
	char *letter = out->letters;
	int i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < COMMANDLINE_MAX && options[i].name != NULL; i++) {
		bool bare = options[i].flag != NULL;

		if (is_letter(&options[i])) {
			*letter++ = options[i].name[0];
			if (!bare)
				*letter++ = ':';
			continue;
		}
		next->name = options[i].name;
		next->has_arg = bare ? no_argument : required_argument;
		next->val = FIRST_LONG + i;
		next++;
	}
}

/* The row that getopt_long() found; NULL: none, and it has said so. */
static const struct commandline_option *
find(const struct commandline_option *options, int got)
{
	if (got >= FIRST_LONG)
		return &options[got - FIRST_LONG];
	for (; options->name != NULL; options++)
		if (is_letter(options) && options->name[0] == got)
			return options;
	return NULL;
}

static bool
take(const struct commandline_option *option, void *context)
{
	if (option->take != NULL)
		return option->take(optarg, context);
	if (option->day != NULL)
		return period_take(optarg, option->day);
	if (option->flag != NULL)
		*option->flag = true;
	else
		*option->text = optarg;
	return true;
}

int
commandline_read(int argc, char **argv,
    const struct commandline_option *options, void *context)
{
	const struct commandline_option *option;
	struct getopt_tables tables;
	int got;

	fill(options, &tables);
	while ((got = getopt_long(argc, argv, tables.letters, tables.longs,
		    NULL)) != -1) {
		option = find(options, got);
		if (option == NULL || !take(option, context))
			return -1;
	}
	return optind;
}
