/*
 * hopseal suggest [--days N] [--min-messages N] [--limit N] [--since D]
 *     [--until D] [-c FILE] [--ledger PATH]
 *
 * Which rules does the evidence support? Twice over the ledger: the daily
 * summaries say who was seen long and often enough, the records then say
 * with what sessions.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "milter/config/value.h"
#include "milter/ctl/commands.h"
#include "milter/ctl/ledgerpath.h"
#include "milter/ctl/progress.h"
#include "milter/ctl/report.h"
#include "milter/ctl/suggest_print.h"

/*
 * Whoever invents names must send as many messages over as many days for
 * each; and of those that did, so many of the most frequent are looked at.
 */
enum { CANDIDATES_MAX = 2000 };

enum { LIMIT = 50, DAYS_MAX = 10000, MESSAGES_MAX = 1000000000,
	OUTPUT_MAX = 16 * 1024 * 1024, PACE_MS = 200 };

struct named {
	char domain[DOMAIN_MAX + 1];
	uint64_t messages;
	bool asked[2]; /* by direction */
	struct suggest_candidate *candidate;
};

struct run {
	const char *config_file; /* NULL: not named */
	const char *ledger;
	struct suggest_limits limits;
	unsigned long limit;
	struct queries_range range;
	/* made from these */
	struct config *config; /* NULL: none was read */
	struct queries *queries;
	struct named *named;
	size_t count, room;
	uint64_t left[SUGGEST_LEFT_REASONS];
	size_t beyond; /* CANDIDATES_MAX */
	bool out_of_memory;
	struct progress progress;
	unsigned long records;
};

static int
usage(void)
{
	(void)fputs("usage: hopseal suggest [--days n] [--min-messages n] "
		    "[--limit n]\n           [--since day] [--until day] "
		    "[-c file] [--ledger path]\n", stderr);
	return EX_USAGE;
}

/* The place for one more, or NULL without memory. */
static struct named *
named_grow(struct run *run)
{
	size_t room = run->room == 0 ? 64 : run->room * 2;
	struct named *named = run->named;

	if (run->count == run->room) {
		named = realloc(named, room * sizeof(*named));
		if (named == NULL)
			return NULL;
		run->named = named;
		run->room = room;
	}
	memset(&named[run->count], 0, sizeof(*named));
	return &named[run->count++];
}

/* A name that a policy can be titled with, as it stands. */
static bool
is_title(const char *name)
{
	struct domain domain;

	return value_domain(slice_of(name), &domain) == NULL &&
	    domain.kind == DOMAIN_NAME && strcmp(domain.text, name) == 0;
}

/* Rows come by name; both directions of one follow each other. */
static void
take_row(void *context, const struct queries_row *row)
{
	struct run *run = context;
	struct named *named = NULL;
	enum suggest_left left = suggest_enough(
	    &run->limits, row->messages, row->first_message, row->last_seen);

	if (row->messages == 0 || !is_title(row->domain))
		return;
	if (left != SUGGEST_NOT_LEFT) {
		run->left[left]++;
		return;
	}
	if (run->count > 0 &&
	    strcmp(run->named[run->count - 1].domain, row->domain) == 0)
		named = &run->named[run->count - 1];
	else
		named = named_grow(run);
	if (named == NULL) {
		run->out_of_memory = true;
		return;
	}
	(void)snprintf(named->domain, sizeof(named->domain), "%s",
	    row->domain);
	named->messages += row->messages;
	named->asked[row->direction] = true;
}

static int
compare_name(const void *left, const void *right)
{
	const struct named *a = left, *b = right;

	return strcmp(a->domain, b->domain);
}

static int
compare_messages(const void *left, const void *right)
{
	const struct named *a = left, *b = right;

	if (a->messages != b->messages)
		return a->messages > b->messages ? -1 : 1;
	return compare_name(left, right);
}

/* Keep the most frequent, and give each a candidate. */
static enum status
choose(struct run *run, struct fault *fault)
{
	struct named *named;
	size_t i;

	if (run->count == 0)
		return STATUS_OK;
	qsort(run->named, run->count, sizeof(*run->named), compare_messages);
	if (run->count > CANDIDATES_MAX) {
		run->beyond = run->count - CANDIDATES_MAX;
		run->count = CANDIDATES_MAX;
	}
	for (i = 0; i < run->count; i++) {
		named = &run->named[i];
		named->candidate = malloc(sizeof(*named->candidate));
		if (named->candidate == NULL)
			return fault_set(fault, STATUS_NOMEM, "out of memory");
		suggest_candidate_init(named->candidate, named->domain);
	}
	qsort(run->named, run->count, sizeof(*run->named), compare_name);
	return STATUS_OK;
}

static int
compare_key(const void *key, const void *item)
{
	return strcmp(key, ((const struct named *)item)->domain);
}

static struct suggest_candidate *
find(const struct run *run, const char *domain)
{
	const struct named *named = bsearch(domain, run->named, run->count,
	    sizeof(*run->named), compare_key);

	return named == NULL ? NULL : named->candidate;
}

static void
take_session(void *context, const struct session_facts *facts)
{
	struct run *run = context;
	struct suggest_candidate *candidate = find(run, facts->sender);

	progress_show(&run->progress, ++run->records, "records read");
	if (candidate != NULL)
		suggest_add_sender(candidate, facts);
	candidate = find(run, facts->recipient);
	if (candidate != NULL)
		suggest_add_recipient(candidate, facts);
}

/* The days that the ledger knows, cut to those that are asked for. */
static enum status
cut_range(struct run *run, struct fault *fault)
{
	struct queries_range days;
	enum status status = queries_days(run->queries, &days, fault);

	if (status != STATUS_OK)
		return status;
	if (run->range.first_day < days.first_day)
		run->range.first_day = days.first_day;
	if (run->range.last_day > days.last_day)
		run->range.last_day = days.last_day;
	return STATUS_OK;
}

static enum status
gather(struct run *run, struct fault *fault)
{
	struct sessions_query query = {.of = SESSIONS_ALL};
	enum status status = cut_range(run, fault);

	/* A ledger without a day is one without evidence. */
	if (status == STATUS_NOTFOUND)
		return STATUS_OK;
	if (status == STATUS_OK)
		status = queries_domains(run->queries, &run->range, NULL,
		    take_row, run, fault);
	if (status == STATUS_OK && run->out_of_memory)
		status = fault_set(fault, STATUS_NOMEM, "out of memory");
	if (status == STATUS_OK)
		status = choose(run, fault);
	if (status != STATUS_OK || run->count == 0)
		return status;
	query.range = run->range;
	progress_begin(&run->progress, stderr, 0);
	progress_pace(&run->progress, PACE_MS);
	status = sessions_walk(
	    run->queries, &query, take_session, run, fault);
	progress_end(&run->progress);
	qsort(run->named, run->count, sizeof(*run->named), compare_messages);
	return status;
}

static void
put_title(const struct run *run, struct buf *out)
{
	char since[PERIOD_TEXT], until[PERIOD_TEXT];

	period_print(run->range.first_day, since);
	period_print(run->range.last_day, until);
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
put_suggestions(struct run *run, struct buf *out)
{
	struct suggestion suggestion;
	struct match in_force;
	unsigned long count = 0;
	size_t i;

	for (i = 0; i < run->count; i++) {
		match_find(run, run->named[i].domain, &in_force);
		if (suggest_decide(run->named[i].candidate, &run->limits,
			&in_force, run->named[i].asked, &suggestion) &&
		    ++count <= run->limit)
			suggest_print(&suggestion, &in_force, out);
		run->left[suggestion.left_from]++;
		run->left[suggestion.left_to]++;
	}
	if (count == 0)
		buf_puts(out, "\n# None: no domain has evidence enough for a "
			      "rule that it has not.\n");
	if (count > run->limit)
		buf_printf(out, "\n# %lu more domains have evidence enough: "
		    "--limit %lu shows them.\n", count - run->limit, count);
	suggest_print_left(run->left, &run->limits, out);
	if (run->beyond > 0)
		buf_printf(out, "# %8zu beyond the %d with most mail\n",
		    run->beyond, (int)CANDIDATES_MAX);
}

static int
print(struct run *run)
{
	struct buf out;
	int code = EX_OK;

	buf_init(&out, OUTPUT_MAX);
	put_title(run, &out);
	put_suggestions(run, &out);
	if (buf_status(&out) != STATUS_OK) {
		(void)fputs("hopseal: out of memory\n", stderr);
		code = EX_OSERR;
	} else if (fputs(buf_text(&out), stdout) == EOF ||
	    fflush(stdout) != 0) {
		(void)fprintf(stderr, "hopseal: writing stopped: %s\n",
		    strerror(errno));
		code = EX_IOERR;
	}
	buf_clear(&out);
	return code;
}

static void
run_clear(struct run *run)
{
	while (run->count > 0)
		free(run->named[--run->count].candidate);
	free(run->named);
	queries_close(&run->queries);
	config_free(&run->config);
}

static int
answer(struct run *run)
{
	struct fault fault;
	enum status status =
	    queries_open(run->ledger, &run->queries, &fault);

	if (status == STATUS_OK)
		status = gather(run, &fault);
	if (status == STATUS_OK)
		return print(run);
	(void)fprintf(stderr, "hopseal: %s\n", fault.text);
	return EX_UNAVAILABLE;
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
		run->limits.days = number;
		return true;
	case OPTION_MESSAGES:
		if (!take_number(1, MESSAGES_MAX, &number))
			return false;
		run->limits.messages = number;
		return true;
	case OPTION_LIMIT:
		return take_number(1, CANDIDATES_MAX, &run->limit);
	case OPTION_SINCE:
		return period_take(optarg, &run->range.first_day);
	case OPTION_UNTIL:
		return period_take(optarg, &run->range.last_day);
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
	    .limits = {REPORT_TIGHTEN_MESSAGES, REPORT_TIGHTEN_DAYS},
	    .limit = LIMIT,
	};
	struct period all;
	int option, code = EX_CONFIG;

	period_init(&all);
	run.range = (struct queries_range){all.first, all.last};
	while ((option = getopt_long(argc, argv, "c:", long_options, NULL)) !=
	    -1) {
		if (!take_option(option, &run))
			return usage();
	}
	if (optind < argc || run.range.first_day > run.range.last_day)
		return usage();
	if (ledgerpath_with_policies(
		&run.ledger, run.config_file, &run.config))
		code = answer(&run);
	run_clear(&run);
	return code;
}
