/*
 * hopseal fleet init [--plain] [--month 202601] [--months N]
 *
 * What the administrator of a fleet's centre does.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "milter/ctl/commands.h"
#include "milter/ctl/period.h"
#include "milter/fleet/tables.h"
#include "milter/ledger/entry.h"

enum { MONTHS_DEFAULT = 24 };

struct request {
	struct tables_options tables;
};

static int
usage(void)
{
	(void)fputs("usage: hopseal fleet init [--plain] [--month 202601] "
		    "[--months number]\n", stderr);
	return EX_USAGE;
}

/* The month that we are in. */
static unsigned
this_month(void)
{
	char storage[32];
	unsigned long year = 0, month = 0;
	struct buf text;

	buf_init_fixed(&text, storage, sizeof(storage));
	entry_put_time(&text, period_now());
	(void)slice_number(slice_make(storage, 4), 9999, &year);
	(void)slice_number(slice_make(storage + 5, 2), 12, &month);
	return (unsigned)(year * 100 + month);
}

static bool
take_month(const char *text, unsigned *out)
{
	unsigned long month;

	if (strlen(text) != 6 ||
	    !slice_number(slice_of(text), 999912, &month) ||
	    month < 197001 || month % 100 < 1 || month % 100 > 12)
		return false;
	*out = (unsigned)month;
	return true;
}

static bool
take_months(const char *text, unsigned *out)
{
	unsigned long months;

	if (!slice_number(slice_of(text), TABLES_MONTHS_MAX, &months) ||
	    months == 0)
		return false;
	*out = (unsigned)months;
	return true;
}

enum { OPTION_PLAIN = 256, OPTION_MONTH, OPTION_MONTHS };

static const struct option long_options[] = {
    {"plain", no_argument, NULL, OPTION_PLAIN},
    {"month", required_argument, NULL, OPTION_MONTH},
    {"months", required_argument, NULL, OPTION_MONTHS},
    {NULL, 0, NULL, 0},
};

static bool
take_option(int option, struct request *request)
{
	switch (option) {
	case OPTION_PLAIN:
		request->tables.is_plain = true;
		return true;
	case OPTION_MONTH:
		return take_month(optarg, &request->tables.month);
	case OPTION_MONTHS:
		return take_months(optarg, &request->tables.months);
	default:
		return false;
	}
}

static int
run_init(const struct request *request)
{
	struct buf sql;
	int code = EX_OK;

	buf_init(&sql, TABLES_TEXT_MAX);
	tables_put(&request->tables, &sql);
	if (buf_status(&sql) != STATUS_OK ||
	    fputs(buf_text(&sql), stdout) == EOF || fflush(stdout) != 0)
		code = EX_IOERR;
	buf_clear(&sql);
	return code;
}

int
cmd_fleet(int argc, char **argv)
{
	struct request request = {.tables = {false, this_month(),
	    MONTHS_DEFAULT}};
	int option;

	if (argc < 2 || strcmp(argv[1], "init") != 0)
		return usage();
	while ((option = getopt_long(argc - 1, argv + 1, "", long_options,
		    NULL)) != -1)
		if (!take_option(option, &request))
			return usage();
	if (optind != argc - 1)
		return usage();
	return run_init(&request);
}
