#include "milter/ctl/fleet_sums.h"

#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>

#include "milter/ctl/period.h"
#include "milter/fleet/sumcheck.h"
#include "milter/fleet/sums.h"
#include "milter/ledger/entry.h"

enum { EXIT_MISFIT = 1 };

static int
complain(const struct fault *fault)
{
	(void)fprintf(stderr, "hopseal: the sums: %s\n", fault->text);
	return EX_UNAVAILABLE;
}

/* A forged day may be one that no calendar has. */
static void
print_day(int64_t day)
{
	char text[PERIOD_TEXT];

	if (day < 0 || day > ENTRY_TIME_MAX / PERIOD_DAY_MS) {
		(void)printf("  day %" PRId64, day);
		return;
	}
	period_print(day, text);
	(void)printf("  %s", text);
}

static void
print_counts(const char *whose, char counts[][SUMCHECK_TEXT])
{
	if (counts[0][0] == '\0')
		(void)printf(" %s no row", whose);
	else
		(void)printf(" %s %s records, %s messages, %s stamped", whose,
		    counts[0], counts[1], counts[2]);
}

static void
print_row(struct sumcheck_row *row)
{
	print_day(row->day);
	(void)printf(" %s %s %s %s:", row->domain, row->direction, row->tls,
	    row->event);
	print_counts("the sums have", row->sums);
	print_counts("but the summaries", row->counted);
	(void)putchar('\n');
}

static void
print_differing(struct sumcheck_result *result)
{
	size_t i;

	(void)printf("NOT VERIFIED: %" PRIu64 " rows of the sums are not what "
	    "the hosts' summaries add up to\n", result->differing);
	for (i = 0; i < result->shown; i++)
		print_row(&result->first[i]);
	if (result->differing > result->shown)
		(void)printf("  and %" PRIu64 " more\n", result->differing -
		    result->shown);
	(void)puts("Somebody changed them or the summaries, or an older "
		   "hopseal has shipped;\nmake them anew with: "
		   "hopseal fleet sum URL");
}

static int
print_result(struct sumcheck_result *result)
{
	(void)printf("sums of all hosts: %" PRIu64 " rows compared with the "
	    "summaries\n", result->rows);
	if (result->differing > 0)
		print_differing(result);
	if (result->strays > 0)
		(void)printf("NOT VERIFIED: %" PRIu64 " summaries are of no "
		    "host that the centre knows; reports of one domain count "
		    "them\n", result->strays);
	if (result->differing > 0 || result->strays > 0)
		return EXIT_MISFIT;
	(void)puts("verified");
	return EX_OK;
}

int
fleet_sums_verify(const char *url)
{
	struct centre *centre = NULL;
	struct sumcheck_result result;
	struct fault fault;
	enum status status = centre_open(url, "hopseal fleet verify", &centre,
	    &fault);

	if (status == STATUS_OK)
		status = sumcheck_run(centre, &result, &fault);
	centre_close(&centre);
	return status == STATUS_OK ? print_result(&result) : complain(&fault);
}

int
fleet_sums_make(const char *url)
{
	struct centre *centre = NULL;
	struct fault fault;
	enum status status = centre_open(url, "hopseal fleet sum", &centre,
	    &fault);

	if (status == STATUS_OK)
		status = sums_make(centre, &fault);
	centre_close(&centre);
	if (status != STATUS_OK)
		return complain(&fault);
	(void)puts("The sums are made anew; hopseal fleet verify URL "
		   "compares them.");
	return EX_OK;
}
