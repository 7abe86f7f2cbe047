/*
 * Postfix as a TLS server, and the certificates of both its roles.
 */
#include <string.h>

#include "milter/ctl/credentials.h"
#include "milter/ctl/doctorpostfix.h"
#include "milter/system/input.h"
#include "milter/ctl/postfixlist.h"

enum { NAME_MAX_LEN = 64, FILE_MAX_LEN = 1024 };

/* smtpd_tls + ec + key_file: smtpd_tls_eckey_file. */
static const char *
name_of(const char *prefix, const char *kind, const char *rest,
    char out[NAME_MAX_LEN])
{
	struct buf name;

	buf_init_fixed(&name, out, NAME_MAX_LEN);
	buf_printf(&name, "%s_%s%s", prefix, kind, rest);
	return buf_text(&name);
}

/* `none` is Postfix's word for no certificate. */
static bool
is_set(const char *file)
{
	return file[0] != '\0' && strcmp(file, "none") != 0;
}

static bool
check_pair(const struct postfix_view *view, const char *prefix,
    const char *kind, bool is_server)
{
	char certificate[NAME_MAX_LEN], key[NAME_MAX_LEN];
	struct doctor_pair pair = {.mta = "Postfix",
	    .host = postfix_value(view, "myhostname"),
	    .is_server = is_server};

	pair.setting = name_of(prefix, kind, "cert_file", certificate);
	pair.key_setting = name_of(prefix, kind, "key_file", key);
	pair.certificate = postfix_value(view, pair.setting);
	pair.key = postfix_value(view, pair.key_setting);
	if (!is_set(pair.certificate))
		return false;
	doctor_credentials(view->d, &pair);
	return true;
}

static bool
file_holds(const char *file, const char *text)
{
	struct buf content;
	bool holds;

	buf_init(&content, CREDENTIALS_FILE_MAX);
	holds = input_read_regular(file, &content, NULL) == STATUS_OK &&
	    slice_holds(buf_slice(&content), text);
	if (content.data != NULL)
		explicit_bzero(content.data, content.size);
	buf_clear(&content);
	return holds;
}

/* Each key stands before its certificates, in this file or in the last. */
static void
check_chain_files(const struct postfix_view *view, const char *setting,
    const char *files, bool is_server)
{
	struct doctor_pair pair = {.mta = "Postfix", .setting = setting,
	    .key_setting = setting,
	    .host = postfix_value(view, "myhostname"),
	    .is_server = is_server};
	char storage[FILE_MAX_LEN], before[FILE_MAX_LEN] = "";
	struct slice rest = slice_of(files), name;

	while ((name = postfixlist_next(&rest)).at != NULL) {
		struct buf file;
		bool has_key;

		buf_init_fixed(&file, storage, sizeof(storage));
		buf_put_slice(&file, name);
		pair.certificate = buf_text(&file);
		has_key = file_holds(pair.certificate, "PRIVATE KEY-----");
		pair.key = has_key || before[0] == '\0' ? pair.certificate
							: before;
		if (!has_key ||
		    file_holds(pair.certificate, "BEGIN CERTIFICATE"))
			doctor_credentials(view->d, &pair);
		memcpy(before, storage, sizeof(before));
	}
}

bool
postfix_check_certificates(const struct postfix_view *view,
    const char *prefix, bool is_server)
{
	char setting[NAME_MAX_LEN];
	const char *files =
	    postfix_value(view, name_of(prefix, "", "chain_files", setting));
	bool any;

	if (is_set(files)) {
		check_chain_files(view, setting, files, is_server);
		return true;
	}
	any = check_pair(view, prefix, "", is_server);
	any |= check_pair(view, prefix, "ec", is_server);
	any |= check_pair(view, prefix, "d", is_server);
	return any;
}

static bool
offers_tls(const struct postfix_view *view,
    const struct postfix_service *service)
{
	const char *level =
	    postfix_for(view, service, "smtpd_tls_security_level");

	if (level[0] != '\0')
		return strcmp(level, "none") != 0;
	return strcmp(postfix_for(view, service, "smtpd_use_tls"), "yes") ==
		0 ||
	    strcmp(postfix_for(view, service, "smtpd_enforce_tls"), "yes") ==
		0;
}

/* One finding for all that are without it. */
static void
check_offered(const struct postfix_view *view)
{
	const struct postfix_service *service;
	char storage[200];
	struct buf names;
	size_t i = 0;

	buf_init_fixed(&names, storage, sizeof(storage));
	while ((service = postfix_next(view, "smtpd", &i)) != NULL)
		if (!offers_tls(view, service) &&
		    (view->doctor->needs.inbound ||
			!postfix_is_loopback(service)))
			buf_printf(&names, "%s%s/%s",
			    names.len == 0 ? "" : ", ", service->name,
			    service->type);
	if (names.len == 0)
		return;
	diagnosis_add(view->d, SEVERITY_ERROR, "inbound-tls-off",
	    "Postfix: smtpd_tls_security_level is none (or empty) for %s",
	    buf_text(&names));
	diagnosis_why(view->d, "STARTTLS is not offered: every message comes "
	    "in in clear text, and a \"require\" rule refuses it.");
	diagnosis_remedy(view->d,
	    "postconf -e 'smtpd_tls_security_level = may'");
}

static void
check_certificates(const struct postfix_view *view)
{
	if (postfix_check_certificates(view, "smtpd_tls", true))
		return;
	diagnosis_add(view->d, SEVERITY_ERROR, "certificate-not-set",
	    "Postfix: there is neither smtpd_tls_chain_files nor "
	    "smtpd_tls_cert_file");
	diagnosis_why(view->d,
	    "Without a certificate hardly any client can use TLS.");
	diagnosis_remedy(view->d,
	    "postconf -e 'smtpd_tls_chain_files = KEY, CERTIFICATE'");
}

static void
check_client_certificates(const struct postfix_view *view)
{
	bool has_ca = is_set(postfix_value(view, "smtpd_tls_CAfile")) ||
	    is_set(postfix_value(view, "smtpd_tls_CApath")) ||
	    strcmp(postfix_value(view, "tls_append_default_CA"), "yes") == 0;
	bool asks =
	    strcmp(postfix_value(view, "smtpd_tls_ask_ccert"), "yes") == 0 ||
	    strcmp(postfix_value(view, "smtpd_tls_req_ccert"), "yes") == 0;

	if (!view->doctor->needs.peer || (asks && has_ca))
		return;
	diagnosis_add(view->d, SEVERITY_ERROR, "no-client-certificates",
	    "Postfix: a rule looks at certificates of clients, and %s",
	    asks ? "there is no CA to verify them by (smtpd_tls_CAfile)"
		 : "smtpd_tls_ask_ccert is no, so that none is shown");
	diagnosis_why(view->d, "Such mail is refused or deferred, whoever "
	    "sends it.");
	diagnosis_remedy(view->d, "postconf -e 'smtpd_tls_ask_ccert = yes' "
	    "'smtpd_tls_CAfile = /etc/ssl/certs/ca-certificates.crt'");
}

static void
check_versions(const struct postfix_view *view)
{
	if (!postfixlist_allows_old_tls(
		postfix_value(view, "smtpd_tls_protocols")) &&
	    !postfixlist_allows_old_tls(
		postfix_value(view, "smtpd_tls_mandatory_protocols")))
		return;
	diagnosis_add(view->d, SEVERITY_WARNING, "old-tls-inbound",
	    "Postfix: smtpd_tls_protocols (%s) or smtpd_tls_mandatory_"
	    "protocols (%s) allows TLS 1.0 and 1.1",
	    postfix_value(view, "smtpd_tls_protocols"),
	    postfix_value(view, "smtpd_tls_mandatory_protocols"));
	diagnosis_why(view->d, "Both are forbidden by RFC 8996. OpenSSL's "
	    "own security level may stop them, or not.");
	diagnosis_remedy(view->d, "postconf -e 'smtpd_tls_protocols = "
	    ">=TLSv1.2' 'smtpd_tls_mandatory_protocols = >=TLSv1.2'");
}

void
postfix_check_inbound(const struct postfix_view *view)
{
	check_offered(view);
	check_certificates(view);
	check_client_certificates(view);
	check_versions(view);
}
