#include "milter/ctl/fleet_days.h"

#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>

#include "milter/fleet/daycheck.h"

enum { EXIT_MISFIT = 1 };

/* How the host is made to send its counts again. */
static void
print_remedy(const struct host *host)
{
	(void)printf("Somebody changed the counts. %s sends them again after\n"
		     "  DELETE FROM hopseal_summary WHERE ledger = %" PRId64
		     ";\n"
		     "  UPDATE hopseal_host SET summary_next = 0 WHERE ledger "
		     "= %" PRId64 ";\n"
		     "and then: hopseal fleet sum URL\n", host->name,
	    host->ledger, host->ledger);
}

static int
print_result(const struct host *host, const struct daycheck_result *result,
    bool *is_whole)
{
	*is_whole = true;
	if (result->is_pending && result->differing == 0) {
		(void)puts("counts of days: not compared, as records that "
			   "they count are still on their way");
		*is_whole = false;
		return EX_OK;
	}
	(void)printf("counts of %" PRIu64 " days, without today, compared "
	    "with the records\n", result->days);
	if (result->differing == 0)
		return EX_OK;
	(void)printf("NOT VERIFIED: %" PRIu64 " rows of the counts are not "
	    "what the records are\n  %s\n", result->differing,
	    result->finding);
	print_remedy(host);
	return EXIT_MISFIT;
}

int
fleet_days_verify(const char *url, const struct host *host, bool *is_whole)
{
	struct daycheck_result result;
	struct centre *centre = NULL;
	struct fault fault;
	enum status status = centre_open(url, "hopseal fleet verify", &centre,
	    &fault);

	if (status == STATUS_OK)
		status = centre_limit(centre, CENTRE_REPORT_S, &fault);
	if (status == STATUS_OK)
		status = daycheck_run(centre, host, &result, &fault);
	centre_close(&centre);
	if (status == STATUS_OK)
		return print_result(host, &result, is_whole);
	(void)fprintf(stderr, "hopseal: %s: %s\n", host->name, fault.text);
	return EX_UNAVAILABLE;
}
