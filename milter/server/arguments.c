#include "milter/server/arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "milter/server/server.h"

static int
usage(FILE *out, int code)
{
	(void)fputs("usage: hopseald [-fhnVv] [-c file] "
		    "[--metrics-textfile file]\n", out);
	return code;
}

static int
take_option(int option, struct arguments *out)
{
	switch (option) {
	case 'c':
		out->file = optarg;
		return GO_ON;
	case 'f':
		out->foreground = true;
		return GO_ON;
	case 'n':
		out->check_only = true;
		return GO_ON;
	case 'v':
		out->verbose = true;
		return GO_ON;
	case 'm':
		out->metrics_file = optarg;
		return GO_ON;
	case 'V':
		(void)printf("hopseald %s\n", PACKAGE_VERSION);
		return EX_OK;
	case 'h':
		return usage(stdout, EX_OK);
	default:
		return usage(stderr, EX_USAGE);
	}
}

int
arguments_read(int argc, char **argv, struct arguments *out)
{
	static const struct option long_options[] = {
	    {"metrics-textfile", required_argument, NULL, 'm'},
	    {NULL, 0, NULL, 0}};
	int option, code = GO_ON;

	memset(out, 0, sizeof(*out));
	out->file = CONFIG_DEFAULT_FILE;
	while (code == GO_ON && (option = getopt_long(argc, argv, "c:fnVvh",
		    long_options, NULL)) != -1)
		code = take_option(option, out);
	if (code == GO_ON && optind != argc)
		code = usage(stderr, EX_USAGE);
	return code;
}
