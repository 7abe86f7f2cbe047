/*
 * hopseal import: a mail log, or a part of one, into the ledger.
 *
 * Reads the same lines as the daemon's mail-log, also those of another host.
 * What the ledger holds already is not recorded again.
 *
 * Exit code: 0 done, 64 wrong usage, 66 no such log, 69 the ledger cannot be
 * used, 78 configuration.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/ctl/commandline.h"
#include "milter/ctl/commands.h"
#include "milter/ctl/import_lines.h"
#include "milter/ctl/import_print.h"
#include "milter/ctl/ledgerpath.h"
#include "milter/ctl/policyfile.h"
#include "milter/maillog/outbound.h"
#include "milter/system/clock.h"

enum { REMEMBERED = 8 * 1024 * 1024, KEEP_DAYS = 400,
	KEEP_SUMMARY_DAYS = 2557, MAX_DOMAINS = 20000 };

struct request {
	const char *config_file;
	const char *ledger;
	const char *log;
	bool dry_run;
};

struct import {
	int fd;
	int64_t now; /* no line is later */
	struct config *config;
	struct table *own_table; /* without a configuration */
	const struct table *table;
	struct ledger *ledger;
	struct deliveries *deliveries;
	struct outbound *outbound;
};

static int
usage(void)
{
	(void)fputs("usage: hopseal import [-n] [-c file] [--ledger path] "
		    "file|-\n", stderr);
	return EX_USAGE;
}

static bool
read_request(int argc, char **argv, struct request *out)
{
	const struct commandline_option options[] = {
	    {"c", .text = &out->config_file},
	    {"n", .flag = &out->dry_run},
	    {"ledger", .text = &out->ledger},
	    {"dry-run", .flag = &out->dry_run},
	    {.name = NULL}};
	int first;

	memset(out, 0, sizeof(*out));
	out->config_file = CONFIG_DEFAULT_FILE;
	first = commandline_read(argc, argv, options, out);
	if (first < 0 || first != argc - 1)
		return false;
	out->log = argv[first];
	return true;
}

/* A stamp without its year lies before the log was last written. */
static bool
open_log(const char *name, struct import *import)
{
	struct fault fault;
	struct stat found;

	import->now = clock_wall_ms();
	import->fd = STDIN_FILENO;
	if (strcmp(name, "-") == 0)
		return true;
	import->fd = open(name, O_RDONLY | O_CLOEXEC);
	if (import->fd < 0 || fstat(import->fd, &found) != 0) {
		(void)fault_errno(&fault, STATUS_IO, errno, "%s", name);
		(void)fprintf(stderr, "hopseal: %s\n", fault.text);
		return false;
	}
	import->now = (int64_t)found.st_mtime * 1000 + 999;
	return true;
}

static void
report(void *context, bool is_fault, const char *sentence)
{
	(void)context;
	if (is_fault)
		(void)fprintf(stderr, "hopseal: %s\n", sentence);
}

static enum status
open_ledger(const char *path, struct import *import, struct fault *fault)
{
	const struct config *config = import->config;
	char host[256] = "localhost";
	struct ledger_options ledger = {
	    .path = path,
	    .host = host,
	    .durability = LEDGER_FSYNC,
	    .keep_days = KEEP_DAYS,
	    .keep_summary_days = KEEP_SUMMARY_DAYS,
	    .max_domains_per_day = MAX_DOMAINS,
	    .report = report,
	};
	enum status status;

	(void)gethostname(host, sizeof(host) - 1);
	if (config != NULL) {
		ledger.keep_days = config->ledger.keep_days;
		ledger.keep_summary_days = config->ledger.keep_summary_days;
		ledger.max_domains_per_day =
		    config->ledger.max_domains_per_day;
		if (config->hostname != NULL)
			ledger.host = config->hostname;
	}
	status = ledger_open(&ledger, &import->ledger, fault);
	if (status == STATUS_OK)
		status = ledger_start(import->ledger, fault);
	return status;
}

/* Of a domain without a configuration nothing is asked. */
static enum status
find_table(struct import *import)
{
	enum status status;

	if (import->config != NULL) {
		import->table = import->config->table;
		return STATUS_OK;
	}
	status = table_new(&import->own_table);
	if (status == STATUS_OK)
		status = table_freeze(import->own_table);
	import->table = import->own_table;
	return status;
}

static void
keep(void *context, const struct delivery *delivery)
{
	struct import *import = context;

	outbound_add(import->outbound, import->table, delivery);
}

static enum status
feed(void *context, struct slice line, struct fault *fault)
{
	struct import *import = context;

	deliveries_feed(import->deliveries, line, import->now);
	if (outbound_is_full(import->outbound))
		return outbound_flush(import->outbound, fault);
	return STATUS_OK;
}

static enum status
run(const struct request *request, const char *path, struct import *import,
    struct fault *fault)
{
	enum status status = find_table(import);

	if (status == STATUS_OK)
		status = deliveries_new(keep, import, &import->deliveries);
	if (status == STATUS_OK && !request->dry_run)
		status = open_ledger(path, import, fault);
	if (status == STATUS_OK)
		status = outbound_new(import->ledger,
		    request->dry_run ? NULL : path, REMEMBERED,
		    &import->outbound);
	if (status == STATUS_OK)
		status = import_lines_read(import->fd, feed, import, fault);
	if (status == STATUS_OK)
		status = outbound_flush(import->outbound, fault);
	return status;
}

static void
import_clear(struct import *import)
{
	ledger_close(import->ledger);
	ledger_free(&import->ledger);
	outbound_free(&import->outbound);
	deliveries_free(&import->deliveries);
	table_free(&import->own_table);
	config_free(&import->config);
	if (import->fd > STDIN_FILENO)
		(void)close(import->fd);
}

/*
 * One that root made could not be written by the daemon, so the daemon makes
 * its own.
 */
static bool
is_made(const struct request *request, const char *path)
{
	if (request->dry_run || request->ledger != NULL ||
	    access(path, F_OK) == 0)
		return true;
	(void)fprintf(stderr,
	    "hopseal: there is no ledger %s: hopseald makes it when it is "
	    "started\n", path);
	return false;
}

static int
import_log(const struct request *request, const char *path,
    struct import *import)
{
	struct fault fault = {STATUS_OK, "out of memory"};
	const struct deliveries_counts *lines;
	const struct outbound_counts *records;
	enum status status;

	if (!is_made(request, path))
		return EX_UNAVAILABLE;
	if (!open_log(request->log, import))
		return EX_NOINPUT;
	status = run(request, path, import, &fault);
	if (status != STATUS_OK) {
		(void)fprintf(stderr, "hopseal: %s\n", fault.text);
		return EX_UNAVAILABLE;
	}
	lines = deliveries_counts(import->deliveries);
	records = outbound_counts(import->outbound);
	import_print_counts(request->log, lines, records, request->dry_run);
	import_print_warnings(lines, records);
	return EX_OK;
}

int
cmd_import(int argc, char **argv)
{
	struct request request;
	struct import import;
	const char *path;
	int code;

	memset(&import, 0, sizeof(import));
	if (!read_request(argc, argv, &request))
		return usage();
	path = ledgerpath_find(
	    request.ledger, request.config_file, &import.config);
	if (path == NULL)
		return EX_CONFIG;
	if (import.config == NULL && access(request.config_file, F_OK) == 0 &&
	    policyfile_read(request.config_file, &import.config) != STATUS_OK)
		return EX_CONFIG;
	code = import_log(&request, path, &import);
	import_clear(&import);
	return code;
}
