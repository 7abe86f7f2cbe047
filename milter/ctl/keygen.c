/*
 * hopseal keygen: make a stamp key, its DNS record and its configuration.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/ctl/commandline.h"
#include "milter/ctl/commands.h"
#include "milter/system/textfile.h"
#include "milter/stamp/grammar.h"
#include "milter/stamp/key.h"
#include "milter/stamp/keyrecord.h"

/* Octets of one string of a TXT record: RFC 1035, 3.3. */
enum { STRING_MAX = 255 };

struct request {
	enum stamp_algorithm algorithm;
	unsigned long bits; /* 0: not given */
	struct domain domain;
	const char *selector;
	const char *out;
	char default_out[DOMAIN_MAX + 8]; /* SELECTOR.pem */
};

static int
usage(void)
{
	(void)fputs("usage: hopseal keygen [--algorithm ed25519 | rsa] "
		    "[--bits number]\n"
		    "           --domain domain --selector selector "
		    "[--out file]\n", stderr);
	return EX_USAGE;
}

static bool
refuse(const char *sentence)
{
	(void)fprintf(stderr, "hopseal: %s\n", sentence);
	return false;
}

static bool
take_algorithm(const char *text, void *context)
{
	struct request *request = context;

	if (strcmp(text, "ed25519") == 0)
		request->algorithm = STAMP_ED25519;
	else if (strcmp(text, "rsa") == 0)
		request->algorithm = STAMP_RSA;
	else
		return refuse("--algorithm is ed25519 or rsa");
	return true;
}

static bool
take_bits(const char *text, void *context)
{
	struct request *request = context;

	if (!slice_number(slice_of(text), PUBLICKEY_RSA_MAX,
		&request->bits) || request->bits < PUBLICKEY_RSA_MIN)
		return refuse("--bits is a number from 2048 to 8192");
	return true;
}

static bool
take_domain(const char *text, void *context)
{
	struct request *request = context;

	return grammar_read_name(slice_of(text), &request->domain) ||
	    refuse("--domain is no domain name");
}

static bool
take_selector(const char *text, void *context)
{
	struct request *request = context;

	request->selector = text;
	return grammar_is_name(slice_of(text)) ||
	    refuse("--selector has letters, digits and hyphens only");
}

static bool
check_request(struct request *request)
{
	if (request->domain.len == 0 || request->selector == NULL)
		return refuse("--domain and --selector are needed");
	if (strlen(request->selector) + strlen("." KEYRECORD_LABEL ".") +
		request->domain.len > DOMAIN_MAX)
		return refuse("domain and selector are too long for DNS");
	if (request->algorithm == STAMP_ED25519 && request->bits != 0)
		return refuse("--bits is for --algorithm rsa");
	if (request->bits == 0)
		request->bits = PUBLICKEY_RSA_MIN;
	if (request->out == NULL) {
		(void)snprintf(request->default_out,
		    sizeof(request->default_out), "%s.pem", request->selector);
		request->out = request->default_out;
	}
	return true;
}

static bool
read_request(int argc, char **argv, struct request *request)
{
	const struct commandline_option options[] = {
	    {"algorithm", .take = take_algorithm},
	    {"bits", .take = take_bits},
	    {"domain", .take = take_domain},
	    {"selector", .take = take_selector},
	    {"out", .text = &request->out},
	    {.name = NULL}};

	memset(request, 0, sizeof(*request));
	request->algorithm = STAMP_ED25519;
	return commandline_read(argc, argv, options, request) == argc &&
	    check_request(request);
}

static enum status
write_key(const struct stamp_key *key, const char *file, struct fault *fault)
{
	char storage[STAMP_KEY_PEM_MAX];
	enum status status;
	struct buf pem;

	buf_init_fixed(&pem, storage, sizeof(storage));
	status = stamp_key_pem(key, &pem);
	if (status == STATUS_OK)
		status = textfile_make_secret(file, buf_slice(&pem), fault);
	else
		(void)fault_set(fault, status, "OpenSSL could not write the "
		    "key");
	explicit_bzero(storage, sizeof(storage));
	return status;
}

/* NAME. TTL IN TXT "..." "...": RFC 1035, 5.1; all on one line. */
static void
print_zone_line(const char *name, struct slice record)
{
	(void)printf("%s. 3600 IN TXT", name);
	while (record.len > 0) {
		size_t len = record.len < STRING_MAX ? record.len : STRING_MAX;

		(void)printf(" \"%.*s\"", (int)len, record.at);
		record = slice_make(record.at + len, record.len - len);
	}
	(void)printf("\n");
}

/* All that an administrator has to paste. */
static void
print_results(const struct request *request, struct slice record)
{
	char name[KEYRECORD_NAME_MAX + 1];
	char *path = realpath(request->out, NULL);

	(void)snprintf(name, sizeof(name), "%s." KEYRECORD_LABEL ".%s",
	    request->selector, request->domain.text);
	(void)printf("# Line for a key file (hopseal verify --keys):\n");
	(void)printf("%s %.*s\n\n", name, (int)record.len, record.at);
	(void)printf("# DNS record, as a line of the zone file:\n");
	print_zone_line(name, record);
	(void)printf("\n# For hopseal.conf, once the record is in DNS:\n"
		     "stamp {\n\tdomain = \"%s\"\n\tselector = \"%s\"\n"
		     "\tkey = \"%s\"\n}\n",
	    request->domain.text, request->selector,
	    path == NULL ? request->out : path);
	free(path);
}

static int
complain(const struct fault *fault)
{
	(void)fprintf(stderr, "hopseal: %s\n", fault->text);
	if (fault->status == STATUS_EXISTS || fault->status == STATUS_IO)
		return EX_CANTCREAT;
	return EX_SOFTWARE;
}

int
cmd_keygen(int argc, char **argv)
{
	struct stamp_key *key = NULL;
	struct request request;
	struct fault fault = {STATUS_OK, ""};
	enum status status;
	struct buf record;

	if (!read_request(argc, argv, &request))
		return usage();
	buf_init(&record, KEYRECORD_MAX);
	status = stamp_key_generate(request.algorithm, (unsigned)request.bits,
	    &key, &fault);
	if (status == STATUS_OK)
		status = stamp_key_selftest(key, &fault);
	if (status == STATUS_OK && stamp_key_record(key, &record) != STATUS_OK)
		status = fault_set(&fault, STATUS_CRYPTO,
		    "OpenSSL does not give the public key");
	if (status == STATUS_OK)
		status = write_key(key, request.out, &fault);
	if (status == STATUS_OK)
		print_results(&request, buf_slice(&record));
	stamp_key_free(&key);
	buf_clear(&record);
	return status == STATUS_OK ? EX_OK : complain(&fault);
}
