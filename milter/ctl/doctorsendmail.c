/*
 * Sendmail's configuration: is hopseald in the way of all mail?
 */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/ctl/doctorsendmail.h"
#include "milter/system/endpoint.h"
#include "milter/system/input.h"

enum { CF_MAX = 4 * 1024 * 1024 };

static bool
same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
	struct stat one, two;

	if (a->family == AF_UNIX || b->family == AF_UNIX)
		return a->family == b->family &&
		    (strcmp(a->path, b->path) == 0 ||
			(stat(a->path, &one) == 0 && stat(b->path, &two) == 0 &&
			    one.st_dev == two.st_dev &&
			    one.st_ino == two.st_ino));
	return a->port == b->port;
}

/* Is this list of filters' names one that holds hopseald? */
static bool
list_holds_us(const struct sendmail_view *sendmail, struct slice names,
    struct slice *equates)
{
	struct endpoint ours, theirs;

	if (endpoint_parse(slice_of(sendmail->doctor->config->socket), &ours,
		NULL) != STATUS_OK)
		return false;
	while (names.at != NULL) {
		struct slice name = slice_trim(slice_cut(&names, ','));

		*equates = sendmailcf_filter(sendmail->cf, name);
		if (equates->at != NULL &&
		    endpoint_parse(sendmailcf_equate(*equates, "S"), &theirs,
			NULL) == STATUS_OK && same_endpoint(&ours, &theirs))
			return true;
	}
	return false;
}

static void
check_default_action(const struct sendmail_view *sendmail, struct slice equates)
{
	struct slice flag = sendmailcf_equate(equates, "F");

	if (slice_is(flag, "T") || slice_is(flag, "R") ||
	    slice_is(flag, "4"))
		return;
	diagnosis_add(sendmail->d, SEVERITY_ERROR, "default-action-accept",
	    "Sendmail: the filter has no F=T: while hopseald is down, all "
	    "mail goes past the policy");
	diagnosis_why(sendmail->d, "A crash or a restart then lets in what "
	    "the policy forbids.");
	diagnosis_remedy(sendmail->d, "# in sendmail.mc: "
	    "INPUT_MAIL_FILTER(`hopseal', `S=%s, F=T, "
	    "T=C:30s;S:30s;R:30s;E:5m')", sendmail->doctor->config->socket);
}

/* A socket below a folder that others may write to is refused as unsafe. */
static void
check_folders(const struct sendmail_view *sendmail)
{
	struct endpoint ours;
	struct stat info;
	char *folder;

	if (endpoint_parse(slice_of(sendmail->doctor->config->socket), &ours,
		NULL) != STATUS_OK || ours.family != AF_UNIX)
		return;
	for (folder = dirname(ours.path); strcmp(folder, "/") != 0;
	    folder = dirname(folder)) {
		if (stat(folder, &info) != 0 ||
		    (info.st_mode & (S_IWGRP | S_IWOTH)) == 0)
			continue;
		diagnosis_add(sendmail->d, SEVERITY_ERROR,
		    "socket-folder-unsafe", "Sendmail: others may write to "
		    "%s, in which the socket lies", folder);
		diagnosis_why(sendmail->d, "Sendmail calls the socket unsafe "
		    "and does without the filter.");
		diagnosis_remedy(sendmail->d, "chmod go-w %s", folder);
	}
}

static void
check_attached(const struct sendmail_view *sendmail)
{
	struct slice equates;

	if (list_holds_us(sendmail,
		sendmailcf_option(sendmail->cf, "InputMailFilters"),
		&equates)) {
		check_default_action(sendmail, equates);
		check_folders(sendmail);
		return;
	}
	diagnosis_add(sendmail->d, SEVERITY_ERROR, "milter-not-attached",
	    "Sendmail: no filter of InputMailFilters in %s has the socket %s",
	    sendmail->doctor->sendmail_cf, sendmail->doctor->config->socket);
	diagnosis_why(sendmail->d, "No mail is judged, stamped or recorded.");
	diagnosis_remedy(sendmail->d, "hopseal attach sendmail");
}

/* `O DaemonPortOptions=..., InputMailFilters=a;b`, or I=. */
static void
check_bypass(const struct sendmail_view *sendmail)
{
	struct slice rest = sendmail->cf, line, options, own, equates;
	struct sendmail_text name;

	while ((line = sendmailcf_next(&rest)).at != NULL) {
		options = sendmailcf_value(line, "DaemonPortOptions");
		own = sendmailcf_equate(options, "InputMailFilters");
		if (own.at == NULL)
			own = sendmailcf_equate(options, "I");
		if (own.at == NULL ||
		    list_holds_us(sendmail, own, &equates))
			continue;
		diagnosis_add(sendmail->d, SEVERITY_WARNING,
		    "listener-bypasses", "Sendmail: the daemon `%s' has "
		    "filters of its own without hopseald",
		    sendmail_text(sendmailcf_equate(options, "Name"), &name));
		diagnosis_why(sendmail->d, "What comes in there is not "
		    "judged.");
		diagnosis_remedy(sendmail->d, "# add the filter to InputMail"
		    "Filters= of that DAEMON_OPTIONS line");
	}
}

static void
check_all(const struct sendmail_view *sendmail)
{
	check_attached(sendmail);
	check_bypass(sendmail);
	sendmail_check_inbound(sendmail);
	sendmail_check_outbound(sendmail);
}

void
doctor_sendmail(const struct doctor *doctor)
{
	struct sendmail_view sendmail = {.doctor = doctor,
	    .d = doctor->diagnosis};
	struct fault fault;
	struct buf cf;

	buf_init(&cf, CF_MAX);
	if (input_read_regular(doctor->sendmail_cf, &cf, &fault) == STATUS_OK) {
		sendmail.cf = buf_slice(&cf);
		if (sendmail_text(sendmailcf_line(sendmail.cf, "Dj"),
			&sendmail.host)[0] == '\0')
			(void)gethostname(sendmail.host.at,
			    sizeof(sendmail.host.at) - 1);
		check_all(&sendmail);
	} else {
		diagnosis_add(doctor->diagnosis, SEVERITY_ERROR,
		    "mta-unreadable", "Sendmail: %s", fault.text);
		diagnosis_why(doctor->diagnosis,
		    "Nothing of it could be checked.");
		diagnosis_remedy(doctor->diagnosis,
		    "# name it with --cf FILE");
	}
	buf_clear(&cf);
}
