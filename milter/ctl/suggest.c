/*
 * hopseal suggest [--days N] [--min-messages N] [--limit N] [--since D]
 *     [--until D] [-c FILE] [--ledger PATH]
 *
 * Which rules does the evidence support?
 */
#include <errno.h>
#include <stdio.h>
#include <sysexits.h>

#include "milter/ctl/commandline.h"
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

/* A number in these bounds, or a sentence that says what is allowed. */
static bool
take_number(const char *text, unsigned long min, unsigned long max,
    unsigned long *out)
{
	if (slice_number(slice_of(text), max, out) && *out >= min)
		return true;
	(void)fprintf(stderr,
	    "hopseal: \"%s\" is no number from %lu to %lu\n", text, min,
	    max);
	return false;
}

static bool
take_days(const char *text, void *context)
{
	struct run *run = context;
	unsigned long number = 0;
	bool good = take_number(text, 0, DAYS_MAX, &number);

	run->query.limits.days = number;
	return good;
}

static bool
take_messages(const char *text, void *context)
{
	struct run *run = context;
	unsigned long number = 0;
	bool good = take_number(text, 1, MESSAGES_MAX, &number);

	run->query.limits.messages = number;
	return good;
}

static bool
take_limit(const char *text, void *context)
{
	struct run *run = context;

	return take_number(text, 1, SURVEY_MAX, &run->limit);
}

static bool
read_options(int argc, char **argv, struct run *run)
{
	struct queries_range *range = &run->query.range;
	const struct commandline_option options[] = {
	    {"c", .text = &run->config_file},
	    {"days", .take = take_days},
	    {"min-messages", .take = take_messages},
	    {"limit", .take = take_limit},
	    {"since", .day = &range->first_day},
	    {"until", .day = &range->last_day},
	    {"ledger", .text = &run->ledger},
	    {.name = NULL}};

	return commandline_read(argc, argv, options, run) == argc &&
	    range->first_day <= range->last_day;
}

int
cmd_suggest(int argc, char **argv)
{
	struct run run = {
	    .query.limits = {REPORT_TIGHTEN_MESSAGES, REPORT_TIGHTEN_DAYS},
	    .limit = LIMIT,
	};
	struct period all;
	int code = EX_CONFIG;

	period_init(&all);
	run.query.range = (struct queries_range){all.first, all.last};
	if (!read_options(argc, argv, &run))
		return usage();
	if (ledgerpath_with_policies(
		&run.ledger, run.config_file, &run.config))
		code = answer(&run);
	config_free(&run.config);
	return code;
}
