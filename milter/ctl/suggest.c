/*
 * hopseal suggest [--days N] [--min-messages N] [--limit N] [--since D]
 *     [--until D] [-c FILE] [--ledger PATH]
 *
 * Which rules does the evidence support?
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>

#include "milter/ctl/commands.h"
#include "milter/ctl/ledgerpath.h"
#include "milter/ctl/report.h"
#include "milter/ctl/suggest_print.h"
#include "milter/ctl/suggest_survey.h"

enum { LIMIT = 50, DAYS_MAX = 10000, MESSAGES_MAX = 1000000000,
	OUTPUT_MAX = 16 * 1024 * 1024 };

struct run {
	const char *config_file; /* NULL: not named */
	const char *ledger;
	unsigned long limit;
	struct survey_query query;
	struct config *config; /* NULL: none was read */
	struct survey survey;
};

static int
usage(void)
{
	(void)fputs("usage: hopseal suggest [--days n] [--min-messages n] "
		    "[--limit n]\n           [--since day] [--until day] "
		    "[-c file] [--ledger path]\n", stderr);
	return EX_USAGE;
}

static void
put_title(const struct run *run, struct buf *out)
{
	char since[PERIOD_TEXT], until[PERIOD_TEXT];

	period_print(run->query.range.first_day, since);
	period_print(run->query.range.last_day, until);
	buf_printf(out,
	    "# hopseal suggest: rules that the evidence of %s to %s supports.\n"
	    "# %s\n"
	    "# Each speaks of its name alone: of names below it this says "
	    "nothing.\n"
	    "# Paste what you want, check it with hopseald -n, reload.\n",
	    since, until, run->ledger);
}

/* What is in force for the domain; without configuration the default. */
static void
match_find(const struct run *run, const char *name, struct match *out)
{
	struct domain domain;

	*out = (struct match){&rule_default, slice_of("*")};
	if (run->config == NULL)
		return;
	domain_normalize(slice_of(name), &domain);
	table_find(run->config->table, &domain, out);
}

static void
put_suggestions(const struct run *run, struct buf *out)
{
	const struct survey *survey = &run->survey;
	uint64_t left[SUGGEST_LEFT_REASONS] = {
	    [SUGGEST_FEW] = survey->few,
	    [SUGGEST_SHORT] = survey->briefly,
	};
	struct suggestion suggestion;
	struct match in_force;
	unsigned long count = 0;
	size_t i;

	for (i = 0; i < survey->count; i++) {
		const struct survey_item *item = &survey->items[i];

		match_find(run, item->domain, &in_force);
		if (suggest_decide(item->candidate, &run->query.limits,
			&in_force, item->asked, &suggestion) &&
		    ++count <= run->limit)
			suggest_print(&suggestion, &in_force, out);
		left[suggestion.left_from]++;
		left[suggestion.left_to]++;
	}
	if (count == 0)
		buf_puts(out, "\n# None: no domain has evidence enough for a "
			      "rule that it has not.\n");
	if (count > run->limit)
		buf_printf(out, "\n# %lu more domains have evidence enough: "
		    "--limit %lu shows them.\n", count - run->limit, count);
	suggest_print_left(left, &run->query.limits, out);
	if (survey->beyond > 0)
		buf_printf(out, "# %8zu beyond the %d with most mail\n",
		    survey->beyond, (int)SURVEY_MAX);
}

static enum status
print(const struct run *run, struct fault *fault)
{
	enum status status;
	struct buf out;

	buf_init(&out, OUTPUT_MAX);
	put_title(run, &out);
	put_suggestions(run, &out);
	status = buf_status(&out);
	if (status != STATUS_OK)
		(void)fault_set(fault, status, "out of memory");
	else if (fputs(buf_text(&out), stdout) == EOF || fflush(stdout) != 0)
		status = fault_errno(
		    fault, STATUS_IO, errno, "writing stopped");
	buf_clear(&out);
	return status;
}

/* Returns an exit code. */
static int
answer(struct run *run)
{
	struct queries *queries = NULL;
	int code = EX_UNAVAILABLE;
	struct fault fault;
	enum status status = queries_open(run->ledger, &queries, &fault);

	if (status == STATUS_OK)
		status = survey_make(
		    queries, &run->query, &run->survey, &fault);
	queries_close(&queries);
	if (status == STATUS_OK) {
		status = print(run, &fault);
		code = EX_IOERR;
	}
	survey_clear(&run->survey);
	if (status == STATUS_OK)
		return EX_OK;
	(void)fprintf(stderr, "hopseal: %s\n", fault.text);
	return code;
}

enum { OPTION_DAYS = 256, OPTION_MESSAGES, OPTION_LIMIT, OPTION_SINCE,
	OPTION_UNTIL, OPTION_LEDGER };

static const struct option long_options[] = {
    {"days", required_argument, NULL, OPTION_DAYS},
    {"min-messages", required_argument, NULL, OPTION_MESSAGES},
    {"limit", required_argument, NULL, OPTION_LIMIT},
    {"since", required_argument, NULL, OPTION_SINCE},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"ledger", required_argument, NULL, OPTION_LEDGER},
    {NULL, 0, NULL, 0},
};

/* A number in these bounds, or a sentence that says what is allowed. */
static bool
take_number(unsigned long min, unsigned long max, unsigned long *out)
{
	if (slice_number(slice_of(optarg), max, out) && *out >= min)
		return true;
	(void)fprintf(stderr,
	    "hopseal: \"%s\" is no number from %lu to %lu\n", optarg, min,
	    max);
	return false;
}

static bool
take_option(int option, struct run *run)
{
	unsigned long number = 0;

	switch (option) {
	case 'c':
		run->config_file = optarg;
		return true;
	case OPTION_DAYS:
		if (!take_number(0, DAYS_MAX, &number))
			return false;
		run->query.limits.days = number;
		return true;
	case OPTION_MESSAGES:
		if (!take_number(1, MESSAGES_MAX, &number))
			return false;
		run->query.limits.messages = number;
		return true;
	case OPTION_LIMIT:
		return take_number(1, SURVEY_MAX, &run->limit);
	case OPTION_SINCE:
		return period_take(optarg, &run->query.range.first_day);
	case OPTION_UNTIL:
		return period_take(optarg, &run->query.range.last_day);
	case OPTION_LEDGER:
		run->ledger = optarg;
		return true;
	default:
		return false;
	}
}

int
cmd_suggest(int argc, char **argv)
{
	struct run run = {
	    .query.limits = {REPORT_TIGHTEN_MESSAGES, REPORT_TIGHTEN_DAYS},
	    .limit = LIMIT,
	};
	struct period all;
	int option, code = EX_CONFIG;

	period_init(&all);
	run.query.range = (struct queries_range){all.first, all.last};
	while ((option = getopt_long(argc, argv, "c:", long_options, NULL)) !=
	    -1) {
		if (!take_option(option, &run))
			return usage();
	}
	if (optind < argc || run.query.range.first_day > run.query.range.last_day)
		return usage();
	if (ledgerpath_with_policies(
		&run.ledger, run.config_file, &run.config))
		code = answer(&run);
	config_free(&run.config);
	return code;
}
