/*
 * hopseal report [DOMAIN] [--since D] [--until D] [--direction in|out]
 *     [--format text|csv|json|html] [--evidence] [-c FILE]
 *     [--ledger PATH | --fleet URL]
 *
 * With whom do we use TLS, since when, how well, and what was refused?
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/ctl/commands.h"
#include "milter/ctl/ledgerpath.h"
#include "milter/ctl/report.h"

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
take_format(const char *text, enum format *out)
{
	static const char *const names[] = {"text", "csv", "json", "html"};
	unsigned i;

	for (i = 0; i < LENGTH(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = (enum format)i;
			return true;
		}
	}
	return false;
}

static bool
take_direction(const char *text, struct report *report)
{
	report->has_direction = true;
	if (strcmp(text, "out") == 0)
		report->direction = RECORD_OUT;
	else if (strcmp(text, "in") == 0)
		report->direction = RECORD_IN;
	else
		return false;
	return true;
}

enum { OPTION_SINCE = 256, OPTION_UNTIL, OPTION_DIRECTION, OPTION_FORMAT,
	OPTION_EVIDENCE, OPTION_LEDGER, OPTION_FLEET };

static const struct option long_options[] = {
    {"since", required_argument, NULL, OPTION_SINCE},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"direction", required_argument, NULL, OPTION_DIRECTION},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"evidence", no_argument, NULL, OPTION_EVIDENCE},
    {"ledger", required_argument, NULL, OPTION_LEDGER},
    {"fleet", required_argument, NULL, OPTION_FLEET},
    {NULL, 0, NULL, 0},
};

static bool
take_option(int option, struct request *request)
{
	switch (option) {
	case 'c':
		request->config_file = optarg;
		return true;
	case OPTION_SINCE:
		return period_take(optarg, &request->period.first);
	case OPTION_UNTIL:
		return period_take(optarg, &request->period.last);
	case OPTION_DIRECTION:
		return take_direction(optarg, &request->report);
	case OPTION_FORMAT:
		return take_format(optarg, &request->format);
	case OPTION_EVIDENCE:
		request->report.evidence = true;
		return true;
	case OPTION_LEDGER:
		request->ledger = optarg;
		return true;
	case OPTION_FLEET:
		request->fleet = optarg;
		return true;
	default:
		return false;
	}
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
		(void)fprintf(stderr, "hopseal: writing stopped: %s\n",
		    strerror(errno));
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

int
cmd_report(int argc, char **argv)
{
	static const struct request fresh = {.format = FORMAT_TEXT};
	struct request request = fresh;
	int option;

	period_init(&request.period);
	while ((option = getopt_long(argc, argv, "c:", long_options, NULL)) !=
	    -1) {
		if (!take_option(option, &request))
			return usage();
	}
	if (optind < argc)
		take_domain(argv[optind++], &request);
	if (optind < argc || request.period.first > request.period.last ||
	    (request.report.evidence && request.report.domain == NULL) ||
	    (request.ledger != NULL && request.fleet != NULL))
		return usage();
	return run(&request);
}
