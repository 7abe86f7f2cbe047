/*
 * hopseal ledger verify | prove | check-proof | checkpoint | export | vkey |
 * backup: what the owner of a ledger, and an auditor, does with it.
 *
 * Exit code: 0 done and good, 1 something does not fit, 64 wrong usage, 65
 * not found, 69 the ledger cannot be used, 78 configuration.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "milter/ctl/commandline.h"
#include "milter/ctl/commands.h"
#include "milter/ctl/ledgerpath.h"
#include "milter/ctl/period.h"
#include "milter/ctl/progress.h"
#include "milter/ledger/audit.h"
#include "milter/ledger/bundle.h"
#include "milter/ledger/custody.h"

enum { EXIT_MISFIT = 1, FINDINGS_SHOWN = 20, PACE_MS = 200 };

/* What the command line says. */
struct request {
	const char *config_file;
	const char *ledger;
	const char *key;
	const char *checkpoint;
	const char *domain;
	int64_t seq;
	struct period period;
	const char *argument; /* QUEUE-ID, BUNDLE or FILE; NULL: none */
	const char *path;     /* of the ledger */
};

typedef int action_run(const struct request *request);

struct action_entry {
	const char *name;
	const char *argument; /* NULL: takes none */
	bool argument_optional;
	bool needs_ledger;
	action_run *run;
};

static int
usage(void)
{
	(void)fputs(
	    "usage: hopseal ledger verify [--key vkey] [--checkpoint file]\n"
	    "       hopseal ledger prove queue-id [--domain d] "
	    "[--record seq]\n"
	    "       hopseal ledger check-proof bundle --key vkey\n"
	    "       hopseal ledger checkpoint\n"
	    "       hopseal ledger export [--since day] [--until day]\n"
	    "       hopseal ledger vkey\n"
	    "       hopseal ledger backup file\n"
	    "all but check-proof take -c file or --ledger path\n", stderr);
	return EX_USAGE;
}

static int
complain(enum status status, const struct fault *fault)
{
	(void)fprintf(stderr, "hopseal: %s\n", fault->text);
	switch (status) {
	case STATUS_NOTFOUND:
	case STATUS_EXISTS:
		return EX_DATAERR;
	case STATUS_CRYPTO:
		return EXIT_MISFIT;
	case STATUS_OK:
	case STATUS_NOMEM:
	case STATUS_LIMIT:
	case STATUS_SYNTAX:
	case STATUS_DENIED:
	case STATUS_IO:
	case STATUS_BUSY:
	case STATUS_TIMEOUT:
		return EX_UNAVAILABLE;
	}
	return EX_UNAVAILABLE;
}

/* All of a file, or of standard input for "-". */
static enum status
file_read(const char *name, struct buf *out)
{
	FILE *stream = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
	char piece[4096];
	size_t got;

	if (stream == NULL) {
		(void)fprintf(stderr, "hopseal: %s: %s\n", name,
		    strerror(errno));
		return STATUS_NOTFOUND;
	}
	while ((got = fread(piece, 1, sizeof(piece), stream)) > 0)
		buf_put(out, piece, got);
	if (stream != stdin)
		(void)fclose(stream);
	return buf_status(out);
}

/* A verifier key as text, or the name of a file that holds it. */
static enum status
key_read(const char *key, struct buf *out)
{
	if (key == NULL)
		return STATUS_OK;
	if (strchr(key, '+') == NULL)
		return file_read(key, out);
	buf_puts(out, key);
	return buf_status(out);
}

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
print_audit(const struct request *request, const struct audit_result *result)
{
	(void)printf("%s: %" PRIu64 " leaves: %" PRIu64 " records compared, "
	    "%" PRIu64 " removed by retention\n", request->path,
	    result->leaves, result->records, result->pruned);
	(void)printf("%" PRIu64 " checkpoints, the last that fits covers %"
	    PRIu64 " leaves\n", result->checkpoints, result->signed_leaves);
	if (result->findings > 0) {
		(void)printf("NOT VERIFIED: %" PRIu64 " findings\n",
		    result->findings);
		return EXIT_MISFIT;
	}
	(void)printf("%" PRIu64 " days of summaries compared\nverified\n",
	    result->days);
	return EX_OK;
}

static int
run_verify(const struct request *request)
{
	struct verification verification = {0};
	struct audit_result result;
	struct audit_options options = {.path = request->path,
	    .finding = print_finding, .progress = show_progress,
	    .context = &verification};
	struct buf key, checkpoint;
	struct fault fault;
	enum status status;
	int code = EX_NOINPUT;

	buf_init(&key, BUNDLE_MAX);
	buf_init(&checkpoint, BUNDLE_MAX);
	status = key_read(request->key, &key);
	if (status == STATUS_OK && request->checkpoint != NULL)
		status = file_read(request->checkpoint, &checkpoint);
	if (status == STATUS_OK) {
		options.vkey = buf_slice(&key);
		options.checkpoint = buf_slice(&checkpoint);
		status = audit_run(&options, &result, &fault);
		progress_end(&verification.progress);
		code = status == STATUS_OK ? print_audit(request, &result)
					   : complain(status, &fault);
	}
	buf_clear(&key);
	buf_clear(&checkpoint);
	return code;
}

static bool
print_candidate(void *context, struct slice line)
{
	(void)context;
	(void)fprintf(stderr, "%.*s\n", (int)line.len, line.at);
	return true;
}

static int
run_prove(const struct request *request)
{
	struct custody_wanted wanted = {.queue_id = request->argument,
	    .domain = request->domain, .seq = request->seq};
	struct buf bundle;
	struct fault fault;
	enum status status;
	int code = EX_OK;

	if (wanted.queue_id == NULL && wanted.seq < 0)
		return usage();
	buf_init(&bundle, BUNDLE_MAX);
	status = custody_prove(request->path, &wanted, period_now(), &bundle,
	    print_candidate, NULL, &fault);
	if (status == STATUS_OK)
		(void)fputs(buf_text(&bundle), stdout);
	else
		code = complain(status, &fault);
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
		return EXIT_MISFIT;
	}
	(void)printf("verified: the log %s of %" PRIu64
	    " records holds this one\n%.*s\n", checkpoint.origin,
	    checkpoint.size, (int)line.len, line.at);
	return EX_OK;
}

static int
run_check_proof(const struct request *request)
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
	if (file_read(request->argument, &text) == STATUS_OK &&
	    key_read(request->key, &key) == STATUS_OK)
		code = check_bundle(&text, &key);
	buf_clear(&text);
	buf_clear(&key);
	return code;
}

static int
print_or_complain(enum status status, struct buf *text,
    const struct fault *fault, const char *end)
{
	int code = EX_OK;

	if (status == STATUS_OK)
		(void)printf("%s%s", buf_text(text), end);
	else
		code = complain(status, fault);
	buf_clear(text);
	return code;
}

static int
run_checkpoint(const struct request *request)
{
	struct buf text;
	struct fault fault;
	enum status status;

	buf_init(&text, BUNDLE_MAX);
	status = custody_checkpoint(
	    request->path, period_now(), &text, &fault);
	return print_or_complain(status, &text, &fault, "");
}

static int
run_vkey(const struct request *request)
{
	struct buf text;
	struct fault fault;
	enum status status;

	buf_init(&text, BUNDLE_MAX);
	status = custody_vkey(request->path, &text, &fault);
	return print_or_complain(status, &text, &fault, "\n");
}

static bool
print_line(void *context, struct slice line)
{
	(void)context;
	return fwrite(line.at, 1, line.len, stdout) == line.len &&
	    putchar('\n') != EOF;
}

static int
run_export(const struct request *request)
{
	struct fault fault;
	enum status status;

	status = custody_export(request->path,
	    request->period.first * PERIOD_DAY_MS,
	    (request->period.last + 1) * PERIOD_DAY_MS, print_line, NULL,
	    &fault);
	if (status != STATUS_OK)
		return complain(status, &fault);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		(void)fprintf(stderr, "hopseal: writing stopped: %s\n",
		    strerror(errno));
		return EX_IOERR;
	}
	return EX_OK;
}

static int
run_backup(const struct request *request)
{
	struct fault fault;
	enum status status =
	    custody_backup(request->path, request->argument, &fault);

	if (status != STATUS_OK)
		return complain(status, &fault);
	(void)printf("%s: copied; the key %s.key was not, keep it apart\n",
	    request->argument, request->path);
	return EX_OK;
}

static const struct action_entry actions[] = {
    {"verify", NULL, true, true, run_verify},
    {"prove", "queue-id", true, true, run_prove},
    {"check-proof", "bundle", false, false, run_check_proof},
    {"checkpoint", NULL, true, true, run_checkpoint},
    {"export", NULL, true, true, run_export},
    {"vkey", NULL, true, true, run_vkey},
    {"backup", "file", false, true, run_backup},
};

static const struct action_entry *
action_find(const char *name)
{
	size_t i;

	for (i = 0; i < LENGTH(actions); i++) {
		if (strcmp(name, actions[i].name) == 0)
			return &actions[i];
	}
	return NULL;
}

static bool
take_record(const char *text, void *context)
{
	struct request *request = context;
	unsigned long number;

	if (!slice_number(slice_of(text), 4294967295UL, &number))
		return false;
	request->seq = (int64_t)number;
	return true;
}

/*
 * argv's first word is the action's name. Behind the options comes the
 * argument, of those that take one; nothing may follow.
 */
static bool
read_request(const struct action_entry *action, int argc, char **argv,
    struct request *request)
{
	const struct commandline_option options[] = {
	    {"c", .text = &request->config_file},
	    {"key", .text = &request->key},
	    {"checkpoint", .text = &request->checkpoint},
	    {"domain", .text = &request->domain},
	    {"record", .take = take_record},
	    {"since", .day = &request->period.first},
	    {"until", .day = &request->period.last},
	    {"ledger", .text = &request->ledger},
	    {.name = NULL}};
	int first = commandline_read(argc, argv, options, request);

	if (first < 0)
		return false;
	if (action->argument != NULL && first < argc)
		request->argument = argv[first++];
	return first == argc &&
	    (request->argument != NULL || action->argument_optional);
}

static int
run_with_ledger(const struct action_entry *action, struct request *request)
{
	struct config *config = NULL;
	int code = EX_CONFIG;

	if (!action->needs_ledger)
		return action->run(request);
	request->path = ledgerpath_find(
	    request->ledger, request->config_file, &config);
	if (request->path != NULL)
		code = action->run(request);
	config_free(&config);
	return code;
}

int
cmd_ledger(int argc, char **argv)
{
	struct request request = {
	    .config_file = CONFIG_DEFAULT_FILE, .seq = -1};
	const struct action_entry *action;

	if (argc < 2 || (action = action_find(argv[1])) == NULL)
		return usage();
	period_init(&request.period);
	if (!read_request(action, argc - 1, argv + 1, &request))
		return usage();
	return run_with_ledger(action, &request);
}
