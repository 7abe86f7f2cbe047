/*
 * hopseal doctor: look at the MTA and at hopseal, and say what is wrong,
 * why it matters, and the command that mends it.
 *
 * Exit: 0 nothing, 1 warnings, 2 errors; 64 and up: it could not look.
 */
#include "milter/ctl/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/ctl/commandline.h"
#include "milter/ctl/commands.h"
#include "milter/ctl/policyfile.h"
#include "milter/ctl/resolver.h"
#include "milter/system/privileges.h"

#define SENDMAIL_CF "/etc/mail/sendmail.cf"

enum { DOCTOR_WARNINGS = 1, DOCTOR_ERRORS = 2 };

struct request {
	const char *config_file;
	const char *mta; /* NULL: what is there */
	const char *config_dir;
	const char *cf;
	struct sockaddr_in dns;
	bool has_dns;
	bool json;
};

static int
usage(void)
{
	(void)fputs("usage: hopseal doctor [-c file] [--json] "
		    "[--dns address[:port]]\n"
		    "           [--config-dir folder | --cf file] "
		    "[postfix | sendmail | none]\n", stderr);
	return EX_USAGE;
}

static bool
take_dns(const char *text, void *context)
{
	struct request *request = context;

	request->has_dns = resolver_parse_server(text, &request->dns);
	if (!request->has_dns)
		(void)fprintf(stderr, "hopseal: --dns %s: an IPv4 address is "
		    "wanted, with :PORT if it is not 53\n", text);
	return request->has_dns;
}

/* The MTA that an option speaks of, if none is named. */
static bool
choose_mta(struct request *request)
{
	if (request->config_dir != NULL && request->cf != NULL)
		return false;
	if (request->mta == NULL && request->config_dir != NULL)
		request->mta = "postfix";
	if (request->mta == NULL && request->cf != NULL)
		request->mta = "sendmail";
	return request->mta == NULL || strcmp(request->mta, "none") == 0 ||
	    strcmp(request->mta, "postfix") == 0 ||
	    strcmp(request->mta, "sendmail") == 0;
}

static bool
read_request(int argc, char **argv, struct request *request)
{
	const struct commandline_option options[] = {
	    {"c", .text = &request->config_file},
	    {"json", .flag = &request->json},
	    {"config-dir", .text = &request->config_dir},
	    {"cf", .text = &request->cf},
	    {"dns", .take = take_dns},
	    {.name = NULL}};
	int first;

	*request = (struct request){.config_file = CONFIG_DEFAULT_FILE};
	first = commandline_read(argc, argv, options, request);
	if (first < 0 || argc - first > 1)
		return false;
	if (first < argc)
		request->mta = argv[first];
	return choose_mta(request);
}

/* postfix, if it is there, wins: Debian's packages exclude each other. */
static const char *
find_mta(const struct doctor *doctor)
{
	if (access("/usr/sbin/postconf", X_OK) == 0)
		return "postfix";
	if (access(SENDMAIL_CF, R_OK) == 0)
		return "sendmail";
	diagnosis_add(doctor->diagnosis, SEVERITY_ERROR, "mta-not-found",
	    "there is neither Postfix nor Sendmail where they usually are");
	diagnosis_why(doctor->diagnosis,
	    "Only hopseal's own part could be checked.");
	diagnosis_remedy(doctor->diagnosis, "hopseal doctor --config-dir "
	    "FOLDER   # of main.cf; or --cf FILE, of Sendmail");
	return "none";
}

static void
look(const struct doctor *doctor, const char *mta)
{
	if (mta == NULL)
		mta = find_mta(doctor);
	if (strcmp(mta, "postfix") == 0)
		doctor_postfix(doctor);
	else if (strcmp(mta, "sendmail") == 0)
		doctor_sendmail(doctor);
	doctor_self(doctor);
	doctor_stamp(doctor);
	doctor_ledger(doctor);
	doctor_clock(doctor);
	if (doctor->is_root)
		return;
	diagnosis_add(doctor->diagnosis, SEVERITY_NOTE, "not-root",
	    "hopseal doctor does not run as root: private keys and the "
	    "view of other users were not checked");
	diagnosis_remedy(doctor->diagnosis, "sudo hopseal doctor");
}

static int
exit_code(const struct diagnosis *diagnosis)
{
	if (diagnosis_count(diagnosis, SEVERITY_ERROR) > 0)
		return DOCTOR_ERRORS;
	if (diagnosis_count(diagnosis, SEVERITY_WARNING) > 0)
		return DOCTOR_WARNINGS;
	return EX_OK;
}

static void
say_config(const struct doctor *doctor)
{
	diagnosis_add(doctor->diagnosis, SEVERITY_ERROR, "config-broken",
	    "%s cannot be read, or has errors: they are named above",
	    doctor->config_file);
	diagnosis_why(doctor->diagnosis, "hopseald does not start with it; "
	    "one that runs keeps the policy that it has. Nothing else was "
	    "looked at.");
	diagnosis_remedy(doctor->diagnosis, "hopseald -n -c %s",
	    doctor->config_file);
}

static int
diagnose(const struct request *request, struct doctor *doctor)
{
	struct config *config;

	if (policyfile_read(request->config_file, &config) == STATUS_OK) {
		doctor->config = config;
		doctor_needs_of(config->table, &doctor->needs);
		look(doctor, request->mta);
		config_free(&config);
	} else {
		say_config(doctor);
	}
	if (request->json)
		diagnosis_print_json(doctor->diagnosis);
	else
		diagnosis_print(doctor->diagnosis);
	return exit_code(doctor->diagnosis);
}

int
cmd_doctor(int argc, char **argv)
{
	struct doctor doctor = {.is_root = privileges_are_root()};
	struct request request;
	int code;

	if (!read_request(argc, argv, &request))
		return usage();
	doctor.diagnosis = calloc(1, sizeof(*doctor.diagnosis));
	if (doctor.diagnosis == NULL) {
		(void)fputs("hopseal: no memory\n", stderr);
		return EX_OSERR;
	}
	doctor.config_file = request.config_file;
	doctor.postfix_folder = request.config_dir;
	doctor.sendmail_cf = request.cf == NULL ? SENDMAIL_CF : request.cf;
	doctor.dns = request.has_dns ? &request.dns : NULL;
	code = diagnose(&request, &doctor);
	free(doctor.diagnosis);
	return code;
}
