/*
 * Sendmail's TLS: is it there for mail that comes in, and is mail that leaves
 * bound to it, as the rules want it?
 */
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
	if (!table_traits(sendmail->doctor->config->table).binds)
		return;
	sendmail_check_map(sendmail);
	sendmail_check_names(sendmail);
	sendmail_check_relays(sendmail);
	sendmail_check_queues(sendmail);
}
