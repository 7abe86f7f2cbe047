/*
 * hopseal ledger prove, check-proof: one record, with a proof that anybody can
 * check.
 */
#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>

#include "milter/ctl/ledger.h"
#include "milter/ledger/bundle.h"
#include "milter/ledger/custody.h"

static bool
print_candidate(void *context, struct slice line)
{
	(void)context;
	(void)fprintf(stderr, "%.*s\n", (int)line.len, line.at);
	return true;
}

int
ledger_prove(const struct ledger_request *request)
{
	struct custody_wanted wanted = {.queue_id = request->argument,
	    .domain = request->domain, .seq = request->seq,
	    .several = print_candidate};
	struct buf bundle;
	struct fault fault;
	enum status status;
	int code = EX_OK;

	if (wanted.queue_id == NULL && wanted.seq < 0)
		return ledger_usage();
	buf_init(&bundle, BUNDLE_MAX);
	status = custody_prove(request->path, &wanted, period_now(), &bundle,
	    &fault);
	if (status == STATUS_OK)
		(void)fputs(buf_text(&bundle), stdout);
	else
		code = ledger_complain(status, &fault);
	if (status == STATUS_EXISTS)
		(void)fputs("hopseal: give --record seq, or --domain\n",
		    stderr);
	buf_clear(&bundle);
	return code;
}

static int
check_bundle(const struct buf *text, const struct buf *key)
{
	struct checkpoint checkpoint;
	struct slice line;
	struct fault fault;

	if (bundle_check(buf_slice(text), buf_slice(key), &line, &checkpoint,
		&fault) != STATUS_OK) {
		(void)fprintf(stderr, "hopseal: %s\n", fault.text);
		(void)puts("NOT VERIFIED");
		return LEDGER_MISFIT;
	}
	(void)printf("verified: the log %s of %" PRIu64
	    " records holds this one\n%.*s\n", checkpoint.origin,
	    checkpoint.size, (int)line.len, line.at);
	return EX_OK;
}

int
ledger_check_proof(const struct ledger_request *request)
{
	struct buf text, key;
	int code = EX_NOINPUT;

	if (request->key == NULL) {
		(void)fputs("hopseal: check-proof needs --key: the verifier "
		    "key that `hopseal ledger vkey` prints\n", stderr);
		return EX_USAGE;
	}
	buf_init(&text, BUNDLE_MAX);
	buf_init(&key, BUNDLE_MAX);
	if (ledger_file(request->argument, &text) == STATUS_OK &&
	    ledger_key(request->key, &key) == STATUS_OK)
		code = check_bundle(&text, &key);
	buf_clear(&text);
	buf_clear(&key);
	return code;
}
