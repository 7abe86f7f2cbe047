/*
 * hopseal attach: let the MTA of this host ask hopseald.
 *
 * Without --apply it says what it would do. What it changes of the MTA's is
 * kept first, so that --undo gives it back byte for byte. Nothing of the
 * MTA's is changed before hopseald answers: mail would wait in vain.
 */
#include "milter/ctl/attach.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/ctl/commandline.h"
#include "milter/ctl/commands.h"
#include "milter/ctl/policyfile.h"
#include "milter/system/endpoint.h"

#define DEFAULT_MC "/etc/mail/sendmail.mc"
#define DEFAULT_CF "/etc/mail/sendmail.cf"

enum { NOTES_MAX = 64 * 1024 };

struct request {
	const char *mta; /* NULL: none named */
	const char *config_file;
	const char *config_dir;
	const char *mc;
	const char *cf;
	const char *state;
	bool apply;
	bool undo;
	bool reload;
};

static int
usage(void)
{
	(void)fputs("usage: hopseal attach [-c file] [--apply | --undo] "
		    "[--reload]\n"
		    "           [--state-dir folder] postfix [--config-dir "
		    "folder]\n"
		    "       hopseal attach [-c file] [--apply | --undo] "
		    "[--state-dir folder]\n"
		    "           sendmail [--mc file] [--cf file]\n"
		    "       hopseal attach --undo [--state-dir folder]\n",
	    stderr);
	return EX_USAGE;
}

/* Options that belong to the other MTA, or to nothing that is asked for. */
static bool
fits(const struct request *request)
{
	bool is_postfix;

	if (request->mta == NULL)
		return request->undo &&
		    request->config_dir == NULL && request->mc == NULL &&
		    request->cf == NULL && !request->reload;
	is_postfix = strcmp(request->mta, "postfix") == 0;
	if (!is_postfix && strcmp(request->mta, "sendmail") != 0)
		return false;
	if (is_postfix && (request->mc != NULL || request->cf != NULL))
		return false;
	if (!is_postfix && (request->config_dir != NULL || request->reload))
		return false;
	return !request->reload || request->apply || request->undo;
}

static bool
read_request(int argc, char **argv, struct request *request)
{
	const struct commandline_option options[] = {
	    {"c", .text = &request->config_file},
	    {"apply", .flag = &request->apply},
	    {"undo", .flag = &request->undo},
	    {"reload", .flag = &request->reload},
	    {"config-dir", .text = &request->config_dir},
	    {"mc", .text = &request->mc},
	    {"cf", .text = &request->cf},
	    {"state-dir", .text = &request->state},
	    {.name = NULL}};
	int first;

	*request = (struct request){.config_file = CONFIG_DEFAULT_FILE,
	    .state = ATTACHSTATE_DEFAULT};
	first = commandline_read(argc, argv, options, request);
	if (first < 0 || argc - first > 1 || (request->apply && request->undo))
		return false;
	if (first < argc)
		request->mta = argv[first];
	return fits(request);
}

static int
complain(const struct fault *fault, int code)
{
	(void)fprintf(stderr, "hopseal: %s\n", fault->text);
	return code;
}

static void
print_notes(const struct buf *notes)
{
	if (notes->len > 0)
		(void)printf("\nTo know:\n%s", buf_text(notes));
}

static const char *
restart_words(const char *mta)
{
	return strcmp(mta, "postfix") == 0
	    ? "postfix reload" : "systemctl restart sendmail";
}

static int
print_plan(const struct request *request, const struct attach *attach,
    const struct buf *notes)
{
	if (attach->plan.count == 0) {
		(void)printf("hopseald is attached to %s; there is nothing "
		    "to do.\n", request->mta);
		print_notes(notes);
		return EX_OK;
	}
	(void)printf("To attach hopseald to %s:\n\n", request->mta);
	plan_print(&attach->plan);
	(void)printf("\nand then: %s\n", restart_words(request->mta));
	print_notes(notes);
	(void)printf("\nNothing was changed. With --apply these changes are "
	    "made; what was before is kept\nin %s, and --undo brings it "
	    "back.\n", attach->state.folder);
	return EX_OK;
}

/* Does hopseald answer where the MTA will look for it? */
static enum status
check_answer(const struct attach *attach,
    const struct attach_postfix *postfix, struct fault *fault)
{
	struct endpoint endpoint;
	struct config *config;
	enum status status;
	int fd;

	status = policyfile_read(attach->config_file, &config);
	if (status != STATUS_OK)
		return fault_set(fault, status, "%s cannot be read",
		    attach->config_file);
	status = endpoint_parse(slice_of(config->socket), &endpoint, fault);
	fd = status == STATUS_OK ? endpoint_connect(&endpoint) : -1;
	if (fd >= 0)
		(void)close(fd);
	else if (status == STATUS_OK)
		status = fault_set(fault, STATUS_BUSY, "hopseald does not "
		    "answer on %s", config->socket);
	config_free(&config);
	if (status == STATUS_OK && postfix != NULL)
		status = attach_postfix_reach(postfix, fault);
	return status;
}

static int
say_start_first(const struct fault *fault)
{
	(void)printf("\nThe MTA was not changed yet, since %s.\nMail would "
	    "wait. Start or restart hopseald (systemctl restart hopseald), "
	    "look\nat its log if it does not come up, and run this again.\n",
	    fault->text);
	return EX_TEMPFAIL;
}

/* hopseal's own part first; the MTA's when hopseald is there. */
static int
apply(const struct request *request, struct attach *attach,
    const struct attach_postfix *postfix, const struct buf *notes)
{
	struct fault fault;
	enum status status;

	if (attach->plan.count == 0)
		return print_plan(request, attach, notes);
	status = attach_do_hopseal(attach, &fault);
	if (status != STATUS_OK)
		return complain(&fault, EX_CANTCREAT);
	if (plan_changes(&attach->plan, true))
		(void)printf("hopseal's own side is ready: %s\n",
		    attach->config_file);
	if (check_answer(attach, postfix, &fault) != STATUS_OK)
		return say_start_first(&fault);
	status = postfix != NULL ? attach_postfix_do(attach, &fault)
				 : attach_sendmail_do(attach, &fault);
	if (status != STATUS_OK)
		return complain(&fault, EX_CANTCREAT);
	(void)printf("hopseald is attached to %s. What was before is kept in "
	    "%s.\n", request->mta, attach->state.folder);
	print_notes(notes);
	if (!request->reload) {
		(void)printf("Now: %s; then: hopseal doctor\n",
		    restart_words(request->mta));
		return EX_OK;
	}
	if (attach_postfix_reload(attach, &fault) != STATUS_OK)
		return complain(&fault, EX_UNAVAILABLE);
	(void)printf("Postfix was reloaded. Now: hopseal doctor\n");
	return EX_OK;
}

static int
plan_and_act(const struct request *request, struct attach *attach)
{
	struct attach_postfix *postfix = NULL;
	struct fault fault;
	struct buf notes;
	int code;

	buf_init(&notes, NOTES_MAX);
	if ((strcmp(request->mta, "postfix") == 0
		    ? attach_postfix_plan(attach, &postfix, &notes, &fault)
		    : attach_sendmail_plan(attach, &notes, &fault)) !=
	    STATUS_OK)
		code = complain(&fault, EX_CONFIG);
	else if (request->apply)
		code = apply(request, attach, postfix, &notes);
	else
		code = print_plan(request, attach, &notes);
	attach_postfix_free(&postfix);
	buf_clear(&notes);
	return code;
}

/* One that is not there is no fault: the daemon's defaults hold. */
static int
read_config_and_act(const struct request *request, struct attach *attach)
{
	struct config *config = NULL;
	struct fault fault;
	int code;

	if (access(request->config_file, F_OK) == 0 &&
	    policyfile_read(request->config_file, &config) != STATUS_OK)
		return EX_CONFIG;
	attach->config = config;
	if (plan_init(&attach->plan, &fault) == STATUS_OK) {
		code = plan_and_act(request, attach);
		plan_clear(&attach->plan);
	} else {
		code = complain(&fault, EX_OSERR);
	}
	config_free(&config);
	return code;
}

int
cmd_attach(int argc, char **argv)
{
	struct request request;
	struct attach attach;
	struct fault fault;

	if (!read_request(argc, argv, &request))
		return usage();
	if (request.undo)
		return attach_undo(request.state, request.mta, request.reload);
	memset(&attach, 0, sizeof(attach));
	attach.config_file = request.config_file;
	attach.config_dir = request.config_dir;
	attach.cf = request.cf == NULL ? DEFAULT_CF : request.cf;
	attach.mc = request.mc;
	if (request.mc == NULL && request.cf == NULL &&
	    access(DEFAULT_MC, R_OK) == 0)
		attach.mc = DEFAULT_MC;
	if (attachstate_at(request.state, request.mta, &attach.state,
		&fault) != STATUS_OK)
		return complain(&fault, EX_USAGE);
	return read_config_and_act(&request, &attach);
}
