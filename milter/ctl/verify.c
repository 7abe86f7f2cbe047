/*
 * hopseal verify: check the stamp of a stored message.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "milter/ctl/commandline.h"
#include "milter/ctl/commands.h"
#include "milter/ctl/dnskey.h"
#include "milter/system/input.h"
#include "milter/ctl/policyfile.h"
#include "milter/ctl/stampexplain.h"
#include "milter/stamp/keyring.h"

enum { TRUSTED_MAX = 64, MESSAGE_MAX = 256 * 1024 * 1024 };

struct request {
	const char *config; /* -c, or NULL */
	const char *keys;   /* --keys, or NULL: DNS */
	bool dns;
	bool json;
	bool explain;
	bool unquote_from;
	const char *recipient;
	const char *file; /* NULL: standard input */
	struct domain trusted[TRUSTED_MAX];
	size_t trusted_count;
};

static int
usage(void)
{
	(void)fputs("usage: hopseal verify [--keys file | --dns] "
		    "[--trust domain] ...\n"
		    "           [--rcpt address] [--json | --explain] "
		    "[--unquote-from]\n"
		    "           [-c file] [file | -]\n", stderr);
	return EX_USAGE;
}

static bool
add_trusted(const char *name, void *context)
{
	struct request *request = context;

	if (request->trusted_count == TRUSTED_MAX) {
		(void)fprintf(stderr, "hopseal: --trust: %d domains at most\n",
		    TRUSTED_MAX);
		return false;
	}
	if (!grammar_read_name(slice_of(name),
		&request->trusted[request->trusted_count])) {
		(void)fprintf(stderr, "hopseal: --trust: %s is no domain "
				      "name\n", name);
		return false;
	}
	request->trusted_count++;
	return true;
}

static bool
read_request(int argc, char **argv, struct request *request)
{
	const struct commandline_option options[] = {
	    {"c", .text = &request->config},
	    {"keys", .text = &request->keys},
	    {"dns", .flag = &request->dns},
	    {"trust", .take = add_trusted},
	    {"rcpt", .text = &request->recipient},
	    {"json", .flag = &request->json},
	    {"explain", .flag = &request->explain},
	    {"unquote-from", .flag = &request->unquote_from},
	    {.name = NULL}};
	int first;

	memset(request, 0, sizeof(*request));
	first = commandline_read(argc, argv, options, request);
	if (first < 0 || argc - first > 1 ||
	    (request->keys != NULL && request->dns) ||
	    (request->json && request->explain))
		return false;
	if (first < argc)
		request->file = argv[first];
	return true;
}

/*
 * Without --trust the configured domain is trusted. The default file may be
 * missing or closed to this user: then any domain is.
 */
static bool
trust_configured_domain(struct request *request)
{
	const char *file = request->config;
	struct config *config;
	bool good = true;

	if (request->trusted_count > 0)
		return true;
	if (file == NULL && access(CONFIG_DEFAULT_FILE, R_OK) != 0)
		return true;
	if (policyfile_read(file == NULL ? CONFIG_DEFAULT_FILE : file,
		&config) != STATUS_OK)
		return false;
	if (config->stamp.domain != NULL)
		good = add_trusted(config->stamp.domain, request);
	config_free(&config);
	return good;
}

/* verify_lookup over a key file; context is its text. */
static enum status
lookup_in_file(void *context, const char *name, struct buf *record)
{
	const struct buf *keys = context;
	struct slice found;

	if (!keyring_find(buf_slice(keys), slice_of(name), &found))
		return STATUS_NOTFOUND;
	buf_put_slice(record, found);
	return buf_status(record);
}

static int
complain(const struct fault *fault)
{
	(void)fprintf(stderr, "hopseal: %s\n", fault->text);
	return fault->status == STATUS_IO ? EX_NOINPUT : EX_SOFTWARE;
}

static int
verify(const struct request *request, const struct buf *message,
    struct buf *keys)
{
	struct stampreport_question question = {
	    .trusted = request->trusted,
	    .trusted_count = request->trusted_count,
	    .recipient = request->recipient,
	};
	struct verify_query query = {
	    .message = buf_slice(message),
	    .now = (int64_t)time(NULL),
	    .lookup = request->keys != NULL ? lookup_in_file : dnskey_lookup,
	    .context = keys,
	    .trusted = request->trusted,
	    .trusted_count = request->trusted_count,
	    .recipient = slice_of(request->recipient),
	    .unquote_from = request->unquote_from,
	};
	struct verification found;
	struct fault fault;

	if (verify_message(&query, &found, &fault) != STATUS_OK)
		return complain(&fault);
	if (request->json)
		stampreport_json(&found, &question);
	else if (request->explain)
		stampexplain_print(&found, &question, query.message);
	else
		stampreport_words(&found, &question);
	return (int)found.finding.result;
}

int
cmd_verify(int argc, char **argv)
{
	struct request request;
	struct buf message, keys;
	struct fault fault = {STATUS_OK, ""};
	int code;

	if (!read_request(argc, argv, &request))
		return usage();
	if (!trust_configured_domain(&request))
		return EX_CONFIG;
	buf_init(&message, MESSAGE_MAX);
	buf_init(&keys, KEYRING_MAX);
	if ((request.keys != NULL &&
		input_read(request.keys, &keys, &fault) != STATUS_OK) ||
	    input_read(request.file, &message, &fault) != STATUS_OK)
		code = complain(&fault);
	else
		code = verify(&request, &message, &keys);
	buf_clear(&message);
	buf_clear(&keys);
	return code;
}
