/*
 * hopseal fleet init [--plain] [--month 202601] [--months N]
 * hopseal fleet verify URL [--host NAME] [--key VKEY]
 * hopseal fleet sum URL
 *
 * What the administrator of a fleet's centre does. Exit code: 0 done and
 * good, 1 something does not fit, 64 wrong usage, 65 no such host, 69 the
 * centre cannot be used.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "milter/ctl/commandline.h"
#include "milter/ctl/commands.h"
#include "milter/ctl/fleet_days.h"
#include "milter/ctl/fleet_sums.h"
#include "milter/ctl/period.h"
#include "milter/fleet/tables.h"
#include "milter/fleet/verification.h"
#include "milter/ledger/entry.h"

enum { MONTHS_DEFAULT = 24, EXIT_MISFIT = 1 };

struct request {
	struct tables_options tables;
	const char *url;
	const char *host; /* NULL: all */
	const char *key;  /* NULL: what the centre says */
};

static int
usage(void)
{
	(void)fputs("usage: hopseal fleet init [--plain] [--month 202601] "
		    "[--months number]\n"
		    "       hopseal fleet verify url [--host name] "
		    "[--key vkey]\n"
		    "       hopseal fleet sum url\n", stderr);
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
take_month(const char *text, void *context)
{
	struct request *request = context;
	unsigned long month;

	if (strlen(text) != 6 ||
	    !slice_number(slice_of(text), 999912, &month) ||
	    month < 197001 || month % 100 < 1 || month % 100 > 12)
		return false;
	request->tables.month = (unsigned)month;
	return true;
}

static bool
take_months(const char *text, void *context)
{
	struct request *request = context;
	unsigned long months;

	if (!slice_number(slice_of(text), TABLES_MONTHS_MAX, &months) ||
	    months == 0)
		return false;
	request->tables.months = (unsigned)months;
	return true;
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

/* What no checkpoint covers may still be changed at the centre. */
static void
print_good(const struct verification_result *result, bool is_whole)
{
	const char *what = is_whole ? "verified" : "the log is verified";
	uint64_t leaves = result->records + result->hashes;

	if (leaves == result->signed_leaves)
		(void)puts(what);
	else
		(void)printf("%s up to there; %" PRIu64 " newer leaves "
		    "are not signed yet\n", what, leaves - result->signed_leaves);
}

/* Returns the exit code. */
static int
verify_host(const struct request *request, const struct host *host)
{
	struct verification_result result;
	struct fault fault;
	bool is_whole;
	int code;

	if (verification_run(request->url, host, request->key, &result,
		&fault) != STATUS_OK) {
		(void)fprintf(stderr, "hopseal: %s: %s\n", host->name,
		    fault.text);
		return EX_UNAVAILABLE;
	}
	(void)printf("%s: %" PRIu64 " records compared, %" PRIu64
	    " more leaves by their hash; %" PRIu64 " checkpoints, the last "
	    "covers %" PRIu64 " leaves\n", host->name, result.records,
	    result.hashes, result.checkpoints, result.signed_leaves);
	if (!result.good) {
		(void)printf("NOT VERIFIED: %s\n", result.finding);
		return EXIT_MISFIT;
	}
	code = fleet_days_verify(request->url, host, &is_whole);
	if (code == EX_OK)
		print_good(&result, is_whole);
	return code;
}

static int
verify_hosts(const struct request *request, const struct hosts *hosts)
{
	int code = EX_OK, one;
	size_t i, count = 0;

	for (i = 0; i < hosts->count; i++) {
		if (request->host != NULL &&
		    strcmp(request->host, hosts->items[i].name) != 0)
			continue;
		count++;
		one = verify_host(request, &hosts->items[i]);
		if (code == EX_OK)
			code = one;
	}
	if (count > 0)
		return code;
	(void)fprintf(stderr, "hopseal: the centre knows no host%s%s\n",
	    request->host == NULL ? "" : " ",
	    request->host == NULL ? "" : request->host);
	return EX_DATAERR;
}

/* The sums are of all hosts: who asks for one does not ask for them. */
static int
verify_all(const struct request *request, const struct hosts *hosts)
{
	int code = verify_hosts(request, hosts), sums;

	if (request->host != NULL)
		return code;
	sums = fleet_sums_verify(request->url);
	return code == EX_OK ? sums : code;
}

static int
run_verify(const struct request *request)
{
	struct centre *centre = NULL;
	struct hosts hosts = {NULL, 0, 0};
	struct fault fault;
	int code = EX_UNAVAILABLE;
	enum status status = centre_open(request->url, "hopseal fleet verify",
	    &centre, &fault);

	if (status == STATUS_OK)
		status = hosts_read(centre, &hosts, &fault);
	centre_close(&centre);
	if (status == STATUS_OK)
		code = verify_all(request, &hosts);
	else
		(void)fprintf(stderr, "hopseal: %s\n", fault.text);
	hosts_clear(&hosts);
	return code;
}

int
cmd_fleet(int argc, char **argv)
{
	struct request request = {.tables = {false, this_month(),
	    MONTHS_DEFAULT}};
	const struct commandline_option options[] = {
	    {"plain", .flag = &request.tables.is_plain},
	    {"month", .take = take_month},
	    {"months", .take = take_months},
	    {"host", .text = &request.host},
	    {"key", .text = &request.key},
	    {.name = NULL}};
	const char *what = argc > 1 ? argv[1] : "";
	bool is_init = strcmp(what, "init") == 0;
	bool is_sum = strcmp(what, "sum") == 0;
	int first;

	if (!is_init && !is_sum && strcmp(what, "verify") != 0)
		return usage();
	first = commandline_read(argc - 1, argv + 1, options, &request);
	if (first < 0 || argc - 1 - first != (is_init ? 0 : 1))
		return usage();
	if (is_init)
		return run_init(&request);
	request.url = argv[1 + first];
	return is_sum ? fleet_sums_make(request.url) : run_verify(&request);
}
