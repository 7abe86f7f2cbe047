/*
 * arguments: hopseald's command line.
 *
 * Source: hopseald(8).
 */
#ifndef HOPSEAL_SERVER_ARGUMENTS_H
#define HOPSEAL_SERVER_ARGUMENTS_H

#include <stdbool.h>

struct arguments {
	const char *file; /* the configuration */
	bool foreground;
	bool check_only;
	bool verbose;
	const char *metrics_file; /* NULL: none */
};

/*
 * Returns GO_ON (server.h), else the exit code: what was asked for is
 * printed, or how it is used. The texts are argv's.
 */
int arguments_read(int argc, char **argv, struct arguments *out);

#endif
