/*
 * hopseal report [DOMAIN] [--since D] [--until D] [--direction in|out]
 *     [--format text|csv|json|html] [--evidence] [-c FILE]
 *     [--ledger PATH | --fleet URL]
 *
 * With whom do we use TLS, since when, how well, and what was refused?
 */
#include "milter/ctl/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/ctl/commandline.h"
#include "milter/ctl/commands.h"
#include "milter/ctl/ledgerpath.h"

enum format { FORMAT_TEXT, FORMAT_CSV, FORMAT_JSON, FORMAT_HTML };

struct request {
	const char *config_file; /* NULL: not named */
	const char *ledger;
	const char *fleet; /* URL of the centre; NULL: the ledger here */
	enum format format;
	struct period period;
	struct domain domain;
	struct report report;
};

static int
usage(void)
{
	(void)fputs(
	    "usage: hopseal report [domain] [--since day] [--until day]\n"
	    "           [--direction in|out] [--format text|csv|json|html]\n"
	    "           [--evidence] [-c file] [--ledger path | --fleet url]\n"
	    "a day is 2026-01-31, or 30d for 30 days back; --evidence needs "
	    "a domain\n", stderr);
	return EX_USAGE;
}

static bool
take_format(const char *text, void *context)
{
	static const char *const names[] = {"text", "csv", "json", "html"};
	struct request *request = context;
	unsigned i;

	for (i = 0; i < LENGTH(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			request->format = (enum format)i;
			return true;
		}
	}
	return false;
}

static bool
take_direction(const char *text, void *context)
{
	struct request *request = context;
	struct report *report = &request->report;

	report->has_direction = true;
	if (strcmp(text, "out") == 0)
		report->direction = RECORD_OUT;
	else if (strcmp(text, "in") == 0)
		report->direction = RECORD_IN;
	else
		return false;
	return true;
}

/* Domains are kept in the form that everything else compares. */
static void
take_domain(const char *text, struct request *request)
{
	domain_normalize(slice_of(text), &request->domain);
	if (request->domain.kind == DOMAIN_NAME ||
	    request->domain.kind == DOMAIN_LITERAL)
		request->report.domain = request->domain.text;
	else
		request->report.domain = text;
}

static enum status
print(struct request *request, struct fault *fault)
{
	struct report *report = &request->report;
	bool colour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL;

	switch (request->format) {
	case FORMAT_TEXT:
		return report_text(report, colour, fault);
	case FORMAT_CSV:
		return report_csv(report, fault);
	case FORMAT_JSON:
		return report_json(report, fault);
	case FORMAT_HTML:
		return report_html(report, fault);
	}
	return STATUS_OK;
}

static int
answer(struct request *request)
{
	struct report *report = &request->report;
	struct fault fault;
	enum status status;

	if (request->fleet != NULL)
		status = report_bring(report, request->fleet, &fault);
	else
		status = queries_open(report->ledger, &report->queries,
		    &fault);
	if (status == STATUS_OK)
		status = report_gather(report, &fault);
	if (status == STATUS_OK)
		status = print(request, &fault);
	report_clear(report);
	queries_close(&report->queries);
	if (status != STATUS_OK) {
		(void)fprintf(stderr, "hopseal: %s\n", fault.text);
		return EX_UNAVAILABLE;
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		(void)fault_errno(&fault, STATUS_IO, errno, "writing stopped");
		(void)fprintf(stderr, "hopseal: %s\n", fault.text);
		return EX_IOERR;
	}
	return EX_OK;
}

static int
run(struct request *request)
{
	struct report *report = &request->report;
	struct config *config = NULL;
	int code = EX_CONFIG;

	report->ledger = request->ledger;
	report->asked = request->period;
	report->range.first_day = request->period.first;
	report->range.last_day = request->period.last;
	report->now = period_now();
	/* The centre stands for the ledger: no path of one is needed. */
	if (request->fleet != NULL)
		report->ledger = "fleet";
	if (ledgerpath_with_policies(
		&report->ledger, request->config_file, &config)) {
		report->config = config;
		code = answer(request);
	}
	config_free(&config);
	return code;
}

static bool
read_request(int argc, char **argv, struct request *request)
{
	const struct commandline_option options[] = {
	    {"c", .text = &request->config_file},
	    {"since", .day = &request->period.first},
	    {"until", .day = &request->period.last},
	    {"direction", .take = take_direction},
	    {"format", .take = take_format},
	    {"evidence", .flag = &request->report.evidence},
	    {"ledger", .text = &request->ledger},
	    {"fleet", .text = &request->fleet},
	    {.name = NULL}};
	int first = commandline_read(argc, argv, options, request);

	if (first < 0 || argc - first > 1)
		return false;
	if (first < argc)
		take_domain(argv[first], request);
	return request->period.first <= request->period.last &&
	    (!request->report.evidence || request->report.domain != NULL) &&
	    (request->ledger == NULL || request->fleet == NULL);
}

int
cmd_report(int argc, char **argv)
{
	static const struct request fresh = {.format = FORMAT_TEXT};
	struct request request = fresh;

	period_init(&request.period);
	if (!read_request(argc, argv, &request))
		return usage();
	return run(&request);
}
