/*
 * hopseal ledger verify | prove | check-proof | checkpoint | export | vkey |
 * backup: what the owner of a ledger, and an auditor, does with it.
 */
#include "milter/ctl/ledger.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "milter/ctl/commandline.h"
#include "milter/ctl/commands.h"
#include "milter/ctl/ledgerpath.h"
#include "milter/ledger/bundle.h"
#include "milter/ledger/custody.h"

typedef int action_run(const struct ledger_request *request);

struct action_entry {
	const char *name;
	const char *argument; /* NULL: takes none */
	bool argument_optional;
	bool needs_ledger;
	action_run *run;
};

int
ledger_usage(void)
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

int
ledger_complain(enum status status, const struct fault *fault)
{
	(void)fprintf(stderr, "hopseal: %s\n", fault->text);
	switch (status) {
	case STATUS_NOTFOUND:
	case STATUS_EXISTS:
		return EX_DATAERR;
	case STATUS_CRYPTO:
		return LEDGER_MISFIT;
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

enum status
ledger_file(const char *name, struct buf *out)
{
	FILE *stream = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
	struct fault fault;
	char piece[4096];
	size_t got;

	if (stream == NULL) {
		(void)fault_errno(&fault, STATUS_NOTFOUND, errno, "%s", name);
		(void)fprintf(stderr, "hopseal: %s\n", fault.text);
		return fault.status;
	}
	while ((got = fread(piece, 1, sizeof(piece), stream)) > 0)
		buf_put(out, piece, got);
	if (stream != stdin)
		(void)fclose(stream);
	return buf_status(out);
}

enum status
ledger_key(const char *key, struct buf *out)
{
	if (key == NULL)
		return STATUS_OK;
	if (strchr(key, '+') == NULL)
		return ledger_file(key, out);
	buf_puts(out, key);
	return buf_status(out);
}

static int
print_or_complain(enum status status, struct buf *text,
    const struct fault *fault, const char *end)
{
	int code = EX_OK;

	if (status == STATUS_OK)
		(void)printf("%s%s", buf_text(text), end);
	else
		code = ledger_complain(status, fault);
	buf_clear(text);
	return code;
}

static int
ledger_checkpoint(const struct ledger_request *request)
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
ledger_vkey(const struct ledger_request *request)
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
ledger_export(const struct ledger_request *request)
{
	struct fault fault;
	enum status status;

	status = custody_export(request->path,
	    request->period.first * PERIOD_DAY_MS,
	    (request->period.last + 1) * PERIOD_DAY_MS, print_line, NULL,
	    &fault);
	if (status != STATUS_OK)
		return ledger_complain(status, &fault);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		(void)fault_errno(&fault, STATUS_IO, errno, "writing stopped");
		(void)fprintf(stderr, "hopseal: %s\n", fault.text);
		return EX_IOERR;
	}
	return EX_OK;
}

static int
ledger_backup(const struct ledger_request *request)
{
	struct buf checkpoint;
	struct fault fault;
	enum status status;

	/* Where it cannot be made, the copy has the last one. */
	buf_init(&checkpoint, BUNDLE_MAX);
	if (custody_checkpoint(request->path, period_now(), &checkpoint,
		&fault) != STATUS_OK)
		buf_reset(&checkpoint);
	buf_clear(&checkpoint);
	status = custody_backup(request->path, request->argument, &fault);
	if (status != STATUS_OK)
		return ledger_complain(status, &fault);
	(void)printf("%s: copied; the key %s.key was not, keep it apart\n",
	    request->argument, request->path);
	return EX_OK;
}

static const struct action_entry actions[] = {
    {"verify", NULL, true, true, ledger_verify},
    {"prove", "queue-id", true, true, ledger_prove},
    {"check-proof", "bundle", false, false, ledger_check_proof},
    {"checkpoint", NULL, true, true, ledger_checkpoint},
    {"export", NULL, true, true, ledger_export},
    {"vkey", NULL, true, true, ledger_vkey},
    {"backup", "file", false, true, ledger_backup},
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
	struct ledger_request *request = context;
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
    struct ledger_request *request)
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
run_with_ledger(const struct action_entry *action,
    struct ledger_request *request)
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
	struct ledger_request request = {
	    .config_file = CONFIG_DEFAULT_FILE, .seq = -1};
	const struct action_entry *action;

	if (argc < 2 || (action = action_find(argv[1])) == NULL)
		return ledger_usage();
	period_init(&request.period);
	if (!read_request(action, argc - 1, argv + 1, &request))
		return ledger_usage();
	return run_with_ledger(action, &request);
}
