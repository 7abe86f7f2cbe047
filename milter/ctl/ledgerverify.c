/*
 * hopseal ledger verify: does the ledger still say what was written into it?
 */
#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>

#include "milter/ctl/ledger.h"
#include "milter/ctl/period.h"
#include "milter/ctl/progress.h"
#include "milter/ledger/audit.h"
#include "milter/ledger/bundle.h"

enum { FINDINGS_SHOWN = 20, PACE_MS = 200 };

struct verification {
	unsigned shown; /* findings */
	struct progress progress;
};

static void
print_finding(void *context, const char *sentence)
{
	struct verification *verification = context;

	progress_end(&verification->progress);
	verification->shown++;
	if (verification->shown == 1)
		(void)printf("FIRST: %s\n", sentence);
	else if (verification->shown <= FINDINGS_SHOWN)
		(void)printf("       %s\n", sentence);
}

static void
show_progress(void *context, uint64_t done, uint64_t total)
{
	struct verification *verification = context;

	if (done == 0) {
		progress_begin(
		    &verification->progress, stderr, (unsigned long)total);
		progress_pace(&verification->progress, PACE_MS);
	}
	progress_show(&verification->progress, (unsigned long)done,
	    "leaves of the log compared");
}

static int
print_audit(const struct ledger_request *request,
    const struct audit_result *result)
{
	(void)printf("%s: %" PRIu64 " leaves: %" PRIu64 " records compared, "
	    "%" PRIu64 " removed by retention\n", request->path,
	    result->leaves, result->records, result->pruned);
	(void)printf("%" PRIu64 " checkpoints, the last that fits covers %"
	    PRIu64 " leaves\n", result->checkpoints, result->signed_leaves);
	if (result->findings > 0) {
		(void)printf("NOT VERIFIED: %" PRIu64 " findings\n",
		    result->findings);
		return LEDGER_MISFIT;
	}
	(void)printf("%" PRIu64 " days of summaries compared\nverified\n",
	    result->days);
	return EX_OK;
}

int
ledger_verify(const struct ledger_request *request)
{
	struct verification verification = {0};
	struct audit_result result;
	struct audit_options options = {.path = request->path,
	    .finding = print_finding, .progress = show_progress,
	    .now = period_now(), .context = &verification};
	struct buf key, checkpoint;
	struct fault fault;
	enum status status;
	int code = EX_NOINPUT;

	buf_init(&key, BUNDLE_MAX);
	buf_init(&checkpoint, BUNDLE_MAX);
	status = ledger_key(request->key, &key);
	if (status == STATUS_OK && request->checkpoint != NULL)
		status = ledger_file(request->checkpoint, &checkpoint);
	if (status == STATUS_OK) {
		options.vkey = buf_slice(&key);
		options.checkpoint = buf_slice(&checkpoint);
		status = audit_run(&options, &result, &fault);
		progress_end(&verification.progress);
		code = status == STATUS_OK ? print_audit(request, &result)
					   : ledger_complain(status, &fault);
	}
	buf_clear(&key);
	buf_clear(&checkpoint);
	return code;
}
