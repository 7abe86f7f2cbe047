/*
 * commandline: the options of one subcommand, as a table.
 *
 *	const struct commandline_option options[] = {
 *	    {"c", .text = &request->config_file},
 *	    {"json", .flag = &request->json},
 *	    {"since", .day = &request->period.first},
 *	    {"record", .take = take_record},
 *	    {.name = NULL}};
 *
 * A name of one letter is that of -c, a longer one that of --json. What is
 * read lies in argv. An option that comes again replaces what it said.
 *
 * Threads: getopt_long(3)'s, so one. Limits: COMMANDLINE_MAX rows.
 */
#ifndef HOPSEAL_CTL_COMMANDLINE_H
#define HOPSEAL_CTL_COMMANDLINE_H

#include <stdbool.h>
#include <stdint.h>

enum { COMMANDLINE_MAX = 24 };

/*
 * Read an argument; context is commandline_read's. Returns false, after a
 * sentence if there is something to say, when it is wrong.
 */
typedef bool commandline_take(const char *text, void *context);

/* One of the four says what the option does; the flag takes no argument. */
struct commandline_option {
	const char *name; /* NULL: the end of the table */
	const char **text;
	bool *flag;
	int64_t *day; /* as period_take */
	commandline_take *take;
};

/*
 * Read argv, whose first word is the subcommand. Returns the index of the
 * first word that is no option (argc: there is none), words before it having
 * been moved behind; -1 when an option is wrong or unknown.
 */
int commandline_read(int argc, char **argv,
    const struct commandline_option *options, void *context);

#endif
