/*
 * hopseal policy: push a policy to the fleet, and see what was pushed.
 */
#include "milter/ctl/policy.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "milter/ctl/commandline.h"
#include "milter/ctl/commands.h"
#include "milter/ctl/policyfile.h"
#include "milter/fleet/editions.h"
#include "milter/fleet/fleet.h"

enum { HISTORY_DEFAULT = 20, NUMBER_MAX = 1000000000 };

static int
usage(void)
{
	(void)fputs(
	    "usage: hopseal policy init\n"
	    "       hopseal policy keygen --name name [--out file]\n"
	    "       hopseal policy check file\n"
	    "       hopseal policy push [-c file] [--source url] "
	    "[--key file]\n"
	    "           [--author name] [--base version] --comment text file\n"
	    "       hopseal policy rollback [-c file] [--source url] "
	    "[--key file]\n"
	    "           [--author name] [--comment text] version\n"
	    "       hopseal policy history [-c file] [--source url] "
	    "[--limit number]\n"
	    "       hopseal policy show [-c file] [--source url] [version]\n"
	    "       hopseal policy diff [-c file] [--source url] [version "
	    "[version]]\n",
	    stderr);
	return EX_USAGE;
}

int
policy_complain(const struct fault *fault)
{
	(void)fprintf(stderr, "hopseal: %s\n", fault->text);
	switch (fault->status) {
	case STATUS_EXISTS:
	case STATUS_BUSY:
		return EX_TEMPFAIL;
	case STATUS_SYNTAX:
	case STATUS_NOTFOUND:
	case STATUS_CRYPTO:
	case STATUS_LIMIT:
		return EX_DATAERR;
	case STATUS_OK:
	case STATUS_NOMEM:
	case STATUS_DENIED:
	case STATUS_IO:
	case STATUS_TIMEOUT:
		break;
	}
	return EX_UNAVAILABLE;
}

/* The place of policy-source, or of the lack of it. */
static bool
check_source(const struct policy_request *request,
    const struct config *config)
{
	if (config->policy_source == NULL && request->source == NULL)
		(void)fprintf(stderr, "hopseal: %s: policy-source is not set; "
		    "set it, or name the database with --source\n",
		    request->config_file);
	else if (config->policy_keys.count == 0)
		(void)fprintf(stderr, "hopseal: %s: policy-key is not set; "
		    "`hopseal policy keygen` makes a key and prints the "
		    "line\n", request->config_file);
	else
		return true;
	return false;
}

int
policy_open(const struct policy_request *request, struct policy_session *out)
{
	struct fault fault = {STATUS_OK, ""};
	const char *url;

	memset(out, 0, sizeof(*out));
	/* The first policy is pushed where no host has a snapshot yet. */
	if (policyfile_read_local(request->config_file, &out->config) !=
	    STATUS_OK)
		return EX_CONFIG;
	if (!check_source(request, out->config)) {
		policy_close(out);
		return EX_CONFIG;
	}
	url = request->source == NULL ? out->config->policy_source :
	    request->source;
	if (centre_check(url, NULL, &fault) != STATUS_OK) {
		(void)fprintf(stderr, "hopseal: policy-source %s\n",
		    fault.text);
		policy_close(out);
		return EX_CONFIG;
	}
	if (centre_open(url, "hopseal policy", &out->centre, &fault) ==
	    STATUS_OK)
		return -1;
	policy_close(out);
	return policy_complain(&fault);
}

void
policy_close(struct policy_session *session)
{
	centre_close(&session->centre);
	config_free(&session->config);
}

enum status
policy_fetch(const struct policy_session *session, uint64_t version,
    struct edition *edition, struct buf *text, struct fault *fault)
{
	struct slice added;
	struct buf note;
	size_t before = text->len;
	enum status status;

	buf_init(&note, EDITION_NOTE_MAX);
	status = editions_fetch(session->centre, version, &note, text, fault);
	if (status == STATUS_OK)
		status = edition_open(buf_slice(&note),
		    &session->config->policy_keys, edition, fault);
	added = slice_make(text->len == 0 ? "" : text->data + before,
	    text->len - before);
	if (status == STATUS_OK && edition->version != version)
		status = fault_set(fault, STATUS_CRYPTO, "what the centre has "
		    "as another version was signed as version %llu",
		    (unsigned long long)edition->version);
	if (status == STATUS_OK)
		status = edition_match(edition, added, fault);
	buf_clear(&note);
	return status;
}

bool
policy_version(const char *word, uint64_t *out)
{
	if (note_number(slice_of(word), out) && *out > 0)
		return true;
	(void)fprintf(stderr, "hopseal: %s is no version of a policy; hopseal "
	    "policy history lists them\n", word);
	return false;
}

static int
policy_init(const struct policy_request *request)
{
	(void)request;
	return fputs(editions_tables, stdout) < 0 ? EX_IOERR : EX_OK;
}

static bool
take_number(const char *word, unsigned long *out)
{
	return slice_number(slice_of(word), NUMBER_MAX, out) && *out > 0;
}

static bool
take_base(const char *word, void *context)
{
	struct policy_request *request = context;

	return take_number(word, &request->base);
}

static bool
take_limit(const char *word, void *context)
{
	struct policy_request *request = context;

	return take_number(word, &request->limit);
}

static bool
read_request(int argc, char **argv, struct policy_request *out)
{
	const struct commandline_option options[] = {
	    {"c", .text = &out->config_file},
	    {"source", .text = &out->source},
	    {"key", .text = &out->key_file},
	    {"author", .text = &out->author},
	    {"comment", .text = &out->comment},
	    {"name", .text = &out->name},
	    {"out", .text = &out->out},
	    {"base", .take = take_base},
	    {"limit", .take = take_limit},
	    {.name = NULL}};
	int first;

	*out = (struct policy_request){.config_file = CONFIG_DEFAULT_FILE,
	    .key_file = POLICY_DEFAULT_KEY, .limit = HISTORY_DEFAULT};
	first = commandline_read(argc, argv, options, out);
	if (first < 0)
		return false;
	out->count = argc - first;
	out->words = argv + first;
	return true;
}

int
cmd_policy(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const struct policy_request *request);
		int least, most; /* words behind it */
	} parts[] = {
	    {"init", policy_init, 0, 0},
	    {"keygen", policy_keygen, 0, 0},
	    {"check", policy_check, 1, 1},
	    {"push", policy_push, 1, 1},
	    {"rollback", policy_rollback, 1, 1},
	    {"history", policy_history, 0, 0},
	    {"show", policy_show, 0, 1},
	    {"diff", policy_diff, 0, 2},
	};
	struct policy_request request;
	size_t i;

	for (i = 0; argc > 1 && i < LENGTH(parts); i++) {
		if (strcmp(argv[1], parts[i].name) != 0)
			continue;
		if (!read_request(argc - 1, argv + 1, &request) ||
		    request.count < parts[i].least ||
		    request.count > parts[i].most)
			return usage();
		return parts[i].run(&request);
	}
	return usage();
}
