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
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/ctl/commandline.h"
#include "milter/ctl/commands.h"
#include "milter/ctl/ledgerpath.h"
#include "milter/ctl/policyfile.h"
#include "milter/ctl/progress.h"
#include "milter/maillog/logreader.h"
#include "milter/maillog/outbound.h"
#include "milter/system/clock.h"

enum { REMEMBERED = 8 * 1024 * 1024, KEEP_DAYS = 400,
	KEEP_SUMMARY_DAYS = 2557, MAX_DOMAINS = 20000, PACE_MS = 200 };

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
	struct progress progress;
	bool in_octets; /* it is a file, of which the size is known */
	unsigned long lines;
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
feed(struct import *import, struct slice line, struct fault *fault)
{
	deliveries_feed(import->deliveries, line, import->now);
	if (outbound_is_full(import->outbound))
		return outbound_flush(import->outbound, fault);
	return STATUS_OK;
}

/* A file is measured in kB, what comes through a pipe in lines. */
static void
begin_progress(struct import *import)
{
	struct stat found;
	unsigned long total = 0;

	import->in_octets =
	    fstat(import->fd, &found) == 0 && S_ISREG(found.st_mode);
	if (import->in_octets)
		total = (unsigned long)found.st_size / 1000 + 1;
	progress_begin(&import->progress, stderr, total);
	progress_pace(&import->progress, PACE_MS);
}

static void
show_progress(struct import *import, const struct logreader *reader)
{
	import->lines++;
	if (import->in_octets)
		progress_show(&import->progress,
		    (unsigned long)reader->offset / 1000, "kB of the log read");
	else
		progress_show(
		    &import->progress, import->lines, "lines of the log read");
}

static enum status
read_lines(struct import *import, struct fault *fault)
{
	struct logreader reader;
	struct slice line;
	enum status status = logreader_init(&reader, import->fd, 0, fault);
	enum status end = STATUS_OK;

	begin_progress(import);
	while (status == STATUS_OK &&
	    (end = logreader_next(&reader, &line)) == STATUS_OK) {
		show_progress(import, &reader);
		status = feed(import, line, fault);
	}
	if (status == STATUS_OK && end == STATUS_IO)
		status = fault_errno(fault, STATUS_IO, errno,
		    "the log cannot be read");
	if (status == STATUS_OK && logreader_rest(&reader).len > 0)
		status = feed(import, logreader_rest(&reader), fault);
	if (status == STATUS_OK)
		status = outbound_flush(import->outbound, fault);
	progress_end(&import->progress);
	logreader_clear(&reader);
	return status;
}

static void
print_counts(const struct request *request, const struct import *import)
{
	static const char *const names[DELIVERY_EVENTS] = {
	    [DELIVERY_SENT_TLS] = "sent over TLS",
	    [DELIVERY_SENT_PLAIN] = "sent in clear",
	    [DELIVERY_TLS_FAILED] = "not sent for want of TLS",
	    [DELIVERY_SENT_UNKNOWN] = "sent, TLS unknown",
	};
	const struct deliveries_counts *lines =
	    deliveries_counts(import->deliveries);
	const struct outbound_counts *records =
	    outbound_counts(import->outbound);
	size_t i;

	(void)printf("%s: %" PRIu64 " lines, %" PRIu64 " not understood\n",
	    request->log, lines->lines, lines->unknown);
	for (i = 0; i < DELIVERY_EVENTS; i++)
		(void)printf("  %-26s%" PRIu64 "\n", names[i],
		    lines->events[i]);
	(void)printf("  %-26s%" PRIu64 "\n", "within the host, left out",
	    lines->local);
	(void)printf("%s %" PRIu64 ", in the ledger already %" PRIu64 "\n",
	    request->dry_run ? "would record" : "recorded",
	    records->recorded, records->repeated);
}

static void
print_warnings(const struct import *import)
{
	uint64_t unlogged = deliveries_counts(import->deliveries)->unlogged;
	uint64_t clear = outbound_counts(import->outbound)->clear;

	if (unlogged > 0)
		(void)fprintf(stderr,
		    "hopseal: WARNING: of %" PRIu64 " deliveries nobody can "
		    "say whether they went over TLS,\n"
		    "because the log has no TLS line of that program before "
		    "them. Set in main.cf\n"
		    "\tsmtp_tls_loglevel = 1\n"
		    "(the default, 0, logs none), or LogLevel=9 in Sendmail; "
		    "until then they are\nsent-unknown.\n", unlogged);
	if (clear > 0)
		(void)fprintf(stderr,
		    "hopseal: WARNING: %" PRIu64 " deliveries in clear to "
		    "domains that must have TLS:\nhopseal report names them\n",
		    clear);
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
		status = read_lines(import, fault);
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

int
cmd_import(int argc, char **argv)
{
	struct fault fault = {STATUS_OK, "out of memory"};
	struct request request;
	struct import import;
	const char *path;
	enum status status;

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
	if (!is_made(&request, path)) {
		config_free(&import.config);
		return EX_UNAVAILABLE;
	}
	if (!open_log(request.log, &import)) {
		config_free(&import.config);
		return EX_NOINPUT;
	}
	status = run(&request, path, &import, &fault);
	if (status == STATUS_OK) {
		print_counts(&request, &import);
		print_warnings(&import);
	} else {
		(void)fprintf(stderr, "hopseal: %s\n", fault.text);
	}
	import_clear(&import);
	return status == STATUS_OK ? EX_OK : EX_UNAVAILABLE;
}
