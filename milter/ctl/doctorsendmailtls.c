/*
 * Sendmail's TLS: is it there for mail that comes in, and is mail that leaves
 * bound to it, as the rules want it?
 */
#include <stdio.h>

#include "milter/ctl/accessmap.h"
#include "milter/ctl/doctorsendmail.h"

enum { LOG_LEVEL = 9 /* from which on TLS is logged */ };

const char *
sendmail_text(struct slice slice, struct sendmail_text *out)
{
	struct buf buf;

	buf_init_fixed(&buf, out->at, sizeof(out->at));
	buf_put_slice(&buf, slice);
	return buf_text(&buf);
}

static void
check_pair(const struct sendmail_view *sendmail, const char *certificate,
    const char *key, bool is_server)
{
	struct sendmail_text file, key_file;
	struct doctor_pair pair = {.mta = "Sendmail", .setting = certificate,
	    .key_setting = key, .host = sendmail->host.at,
	    .is_server = is_server};

	pair.certificate =
	    sendmail_text(sendmailcf_option(sendmail->cf, certificate), &file);
	pair.key = sendmail_text(sendmailcf_option(sendmail->cf, key), &key_file);
	if (pair.certificate[0] != '\0' && pair.key[0] != '\0')
		doctor_credentials(sendmail->d, &pair);
}

static void
check_server(const struct sendmail_view *sendmail)
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
check_peer(const struct sendmail_view *sendmail)
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

void
sendmail_check_inbound(const struct sendmail_view *sendmail)
{
	check_server(sendmail);
	check_peer(sendmail);
}

static void
check_log_level(const struct sendmail_view *sendmail)
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

/* The text that the access map is made from lies beside it. */
static const char *
access_file(const struct sendmail_view *sendmail, struct sendmail_text *name)
{
	struct slice line = sendmailcf_line(sendmail->cf, "Kaccess"), file = line;

	while (line.at != NULL)
		file = slice_cut(&line, ' ');
	return file.at == NULL ? NULL : sendmail_text(file, name);
}

/* What rules bind and the map does not. */
struct unbound {
	const struct accessmap *map; /* NULL: there is none */
	size_t count;
	char first[DOMAIN_MAX + 3];
};

static void
look_for(struct unbound *unbound, struct slice key)
{
	if (unbound->map != NULL && accessmap_speaks(unbound->map, key))
		return;
	if (unbound->count++ == 0)
		(void)snprintf(unbound->first, sizeof(unbound->first), "%.*s",
		    (int)key.len, key.at);
}

/* A name has a second line, in brackets: it is the host of that name. */
static bool
look_for_rule(void *context, const struct match *match, enum scope scope)
{
	const struct rule *rule = match->rule;
	char storage[DOMAIN_MAX + 3];
	struct buf bracketed;

	(void)scope;
	if (rule->to != MODE_REQUIRE || rule->operation != OPERATION_ENFORCE)
		return true;
	look_for(context, match->domain);
	if (match->domain.at[0] == '[')
		return true;
	buf_init_fixed(&bracketed, storage, sizeof(storage));
	buf_printf(&bracketed, "[%.*s]", (int)match->domain.len,
	    match->domain.at);
	look_for(context, buf_slice(&bracketed));
	return true;
}

static void
say_unbound(const struct sendmail_view *sendmail,
    const struct unbound *unbound)
{
	if (unbound->count == 0)
		return;
	diagnosis_add(sendmail->d, SEVERITY_ERROR, "outbound-not-bound",
	    "Sendmail: rules require TLS to %s%s, and the access map says "
	    "nothing of it, or there is none", unbound->first,
	    unbound->count > 1 ? " and others" : "");
	diagnosis_why(sendmail->d, "Mail to them leaves in clear text when "
	    "STARTTLS fails. A name in brackets is looked for as it is.");
	diagnosis_remedy(sendmail->d, "hopseal export sendmail >> "
	    "/etc/mail/access   # with FEATURE(`access_db') in sendmail.mc");
}

/* A map whose text cannot be read is trusted. */
static void
check_access(const struct sendmail_view *sendmail)
{
	const struct doctor *doctor = sendmail->doctor;
	struct unbound unbound = {.map = NULL};
	struct accessmap map = {.keys = NULL};
	struct sendmail_text name;
	const char *file = access_file(sendmail, &name);

	if (file != NULL && accessmap_read(file, &map, NULL) != STATUS_OK)
		return;
	if (file != NULL)
		unbound.map = &map;
	table_each(doctor->config->table, look_for_rule, &unbound);
	if (doctor->needs.outbound_all && !map.has_default)
		look_for(&unbound, slice_of("*"));
	say_unbound(sendmail, &unbound);
	accessmap_clear(&map);
}

void
sendmail_check_outbound(const struct sendmail_view *sendmail)
{
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
	if (sendmail->doctor->needs.outbound)
		check_access(sendmail);
}
