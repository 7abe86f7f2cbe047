/*
 * Sendmail's configuration: is hopseald in the way of all mail, and does
 * Sendmail do TLS as the rules want it?
 */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/ctl/doctor.h"
#include "milter/system/input.h"
#include "milter/ctl/sendmailcf.h"
#include "milter/system/endpoint.h"

enum {
	CF_MAX = 4 * 1024 * 1024,
	LOG_LEVEL = 9 /* from which on TLS is logged */
};

/* A path or name out of the file, as a C string. */
struct text {
	char at[1024];
};

struct sendmail {
	const struct doctor *doctor;
	struct diagnosis *d;
	struct slice cf;
	struct text host;
};

static const char *
text_of(struct slice slice, struct text *out)
{
	struct buf buf;

	buf_init_fixed(&buf, out->at, sizeof(out->at));
	buf_put_slice(&buf, slice);
	return buf_text(&buf);
}

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
list_holds_us(const struct sendmail *sendmail, struct slice names,
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
check_default_action(const struct sendmail *sendmail, struct slice equates)
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
check_folders(const struct sendmail *sendmail)
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
check_attached(const struct sendmail *sendmail)
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
check_bypass(const struct sendmail *sendmail)
{
	struct slice rest = sendmail->cf, line, options, own, equates;
	struct text name;

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
		    text_of(sendmailcf_equate(options, "Name"), &name));
		diagnosis_why(sendmail->d, "What comes in there is not "
		    "judged.");
		diagnosis_remedy(sendmail->d, "# add the filter to InputMail"
		    "Filters= of that DAEMON_OPTIONS line");
	}
}

static void
check_pair(const struct sendmail *sendmail, const char *certificate,
    const char *key, bool is_server)
{
	struct text file, key_file;
	struct doctor_pair pair = {.mta = "Sendmail", .setting = certificate,
	    .key_setting = key, .host = sendmail->host.at,
	    .is_server = is_server};

	pair.certificate =
	    text_of(sendmailcf_option(sendmail->cf, certificate), &file);
	pair.key = text_of(sendmailcf_option(sendmail->cf, key), &key_file);
	if (pair.certificate[0] != '\0' && pair.key[0] != '\0')
		doctor_credentials(sendmail->d, &pair);
}

static void
check_inbound(const struct sendmail *sendmail)
{
	struct slice certificate =
	    sendmailcf_option(sendmail->cf, "ServerCertFile");
	struct slice options =
	    sendmailcf_option(sendmail->cf, "ServerSSLOptions");

	if (certificate.len == 0) {
		diagnosis_add(sendmail->d, SEVERITY_ERROR, "inbound-tls-off",
		    "Sendmail: ServerCertFile is not set, so STARTTLS is not "
		    "offered");
		diagnosis_why(sendmail->d,
		    "Every message comes in in clear text.");
		diagnosis_remedy(sendmail->d,
		    "# in sendmail.mc: define(`confSERVER_CERT', `...') and "
		    "`confSERVER_KEY'");
		return;
	}
	check_pair(sendmail, "ServerCertFile", "ServerKeyFile", true);
	if (slice_holds(options, "SSL_OP_NO_TLSv1_1") &&
	    (slice_holds(options, "SSL_OP_NO_TLSv1,") ||
		slice_holds(options, "SSL_OP_NO_TLSv1 ")))
		return;
	diagnosis_add(sendmail->d, SEVERITY_WARNING, "old-tls-inbound",
	    "Sendmail: ServerSSLOptions allows TLS 1.0 and 1.1");
	diagnosis_why(sendmail->d, "Both are forbidden by RFC 8996. OpenSSL's "
	    "own security level may stop them, or not.");
	diagnosis_remedy(sendmail->d,
	    "# in sendmail.mc: define(`confSERVER_SSL_OPTIONS', "
	    "`+SSL_OP_NO_TLSv1 +SSL_OP_NO_TLSv1_1')");
}

static void
check_peer(const struct sendmail *sendmail)
{
	struct slice options =
	    sendmailcf_option(sendmail->cf, "TLSSrvOptions");
	bool asks = !slice_holds(options, "V");

	if (!sendmail->doctor->needs.peer ||
	    (asks && sendmailcf_option(sendmail->cf, "CACertFile").len > 0))
		return;
	diagnosis_add(sendmail->d, SEVERITY_ERROR, "no-client-certificates",
	    "Sendmail: a rule looks at certificates of clients, and %s",
	    asks ? "CACertFile is not set, so that none is ever trusted"
		 : "TLSSrvOptions=V keeps Sendmail from asking for them");
	diagnosis_why(sendmail->d, "Such mail is refused or deferred, "
	    "whoever sends it.");
	diagnosis_remedy(sendmail->d, asks
	    ? "# in sendmail.mc: define(`confCACERT', "
	      "`/etc/ssl/certs/ca-certificates.crt')"
	    : "# in sendmail.mc: remove confTLS_SRV_OPTIONS");
}

static void
check_log_level(const struct sendmail *sendmail)
{
	struct slice value = sendmailcf_option(sendmail->cf, "LogLevel");
	unsigned long level = LOG_LEVEL;

	if (!slice_number(value, 99, &level) || level >= LOG_LEVEL)
		return;
	diagnosis_add(sendmail->d, SEVERITY_WARNING, "no-outbound-evidence",
	    "Sendmail: LogLevel %lu writes no line about TLS", level);
	diagnosis_why(sendmail->d, "There is no evidence of what left over "
	    "TLS and what in clear text.");
	diagnosis_remedy(sendmail->d,
	    "# in sendmail.mc: define(`confLOG_LEVEL', `9')");
}

/* The source of the map lies beside it; one that cannot be read is trusted. */
static bool
access_binds(const struct sendmail *sendmail)
{
	struct slice line = sendmailcf_line(sendmail->cf, "Kaccess"), file;
	const char *domain = sendmail->doctor->needs.domain;
	struct text name, wanted;
	struct buf map, want;
	bool binds = true;

	if (line.at == NULL)
		return false;
	do
		file = slice_cut(&line, ' ');
	while (line.at != NULL);
	buf_init(&map, CF_MAX);
	buf_init_fixed(&want, wanted.at, sizeof(wanted.at));
	buf_printf(&want, "TLS_Rcpt:%s",
	    strcmp(domain, "*") == 0 ? "" : domain);
	if (access(text_of(file, &name), R_OK) == 0 &&
	    input_read_regular(name.at, &map, NULL) == STATUS_OK)
		binds = slice_holds(buf_slice(&map), buf_text(&want));
	buf_clear(&map);
	return binds;
}

static void
check_outbound(const struct sendmail *sendmail)
{
	const struct doctor_needs *needs = &sendmail->doctor->needs;

	if (sendmailcf_option(sendmail->cf, "ServerCertFile").len > 0 &&
	    sendmailcf_option(sendmail->cf, "ClientCertFile").len == 0) {
		diagnosis_add(sendmail->d, SEVERITY_NOTE,
		    "no-certificate-outbound",
		    "Sendmail: there is a certificate for inbound mail, and "
		    "none for outbound (ClientCertFile)");
		diagnosis_why(sendmail->d, "TLS works without it; partners "
		    "that ask who we are get no answer.");
	}
	check_pair(sendmail, "ClientCertFile", "ClientKeyFile", false);
	check_log_level(sendmail);
	if (!needs->outbound || access_binds(sendmail))
		return;
	diagnosis_add(sendmail->d, SEVERITY_ERROR, "outbound-not-bound",
	    "Sendmail: a rule requires TLS to %s, and the access map says "
	    "nothing of it, or there is none", needs->domain);
	diagnosis_why(sendmail->d, "Mail to them leaves in clear text when "
	    "STARTTLS fails.");
	diagnosis_remedy(sendmail->d, "hopseal export sendmail >> "
	    "/etc/mail/access   # with FEATURE(`access_db') in sendmail.mc");
}

static void
check_all(const struct sendmail *sendmail)
{
	check_attached(sendmail);
	check_bypass(sendmail);
	check_inbound(sendmail);
	check_peer(sendmail);
	check_outbound(sendmail);
}

void
doctor_sendmail(const struct doctor *doctor)
{
	struct sendmail sendmail = {.doctor = doctor,
	    .d = doctor->diagnosis};
	struct fault fault;
	struct buf cf;

	buf_init(&cf, CF_MAX);
	if (input_read_regular(doctor->sendmail_cf, &cf, &fault) == STATUS_OK) {
		sendmail.cf = buf_slice(&cf);
		if (text_of(sendmailcf_line(sendmail.cf, "Dj"),
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
