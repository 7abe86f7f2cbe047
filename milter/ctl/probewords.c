/*
 * The causes of probejudge.h in words, each with its remedy. What a server
 * said is quoted only as what prints.
 */
#include "milter/ctl/probejudge.h"

static const char *
words_of_end(enum smtp_end end)
{
	switch (end) {
	case SMTP_GOOD:
	case SMTP_TLS:
		break;
	case SMTP_NO_ADDRESS:
		return "the name has no address. Ask its owner to publish an "
		       "A or AAAA record, or mend the MX record";
	case SMTP_REFUSED:
		return "nothing listens on that port. Look whether the "
		       "port is right and the server runs";
	case SMTP_UNREACHABLE:
		return "no way leads to that address. Look at routes and "
		       "firewalls, of both sides";
	case SMTP_TIMEOUT:
		return "it did not answer in time. A firewall may drop the "
		       "packets, or many providers block port 25; try "
		       "--timeout, or from the mail host itself";
	case SMTP_CLOSED:
		return "it closed the connection in the middle. Its log says "
		       "why: a block list, a rate limit, or a client "
		       "certificate that it wants (--cert)";
	case SMTP_GARBAGE:
		return "what it sent is no SMTP reply, so this may be no mail "
		       "server. Port 465 speaks TLS from the first octet: "
		       "--implicit";
	case SMTP_GREETING:
		return "it does not greet with 220, so it takes no mail now. "
		       "Its reply says why";
	case SMTP_EHLO:
		return "it refused EHLO, so that nothing can be asked for. "
		       "Perhaps this host's name is not known in DNS";
	case SMTP_NO_STARTTLS:
		return "it does not offer STARTTLS. Its owner must turn TLS on "
		       "(Postfix: smtpd_tls_security_level = may, with a "
		       "certificate); or a firewall on the way hides it";
	case SMTP_STARTTLS:
		return "it offers STARTTLS and then refuses it, mostly since "
		       "its key or certificate cannot be read. Its owner "
		       "finds the cause in the server's log";
	case SMTP_INJECTED:
		return "clear text came behind its answer to STARTTLS. Either "
		       "somebody on the way adds to the dialogue, or the "
		       "server is faulty; do not trust this session";
	}
	return "";
}

static const char *
words_of_failure(enum tls_failure failure)
{
	switch (failure) {
	case TLS_FAILURE_NONE:
	case TLS_FAILURE_OTHER:
		break;
	case TLS_FAILURE_PROTOCOL:
		return "no TLS version in common. Versions 1.2 and 1.3 should "
		       "be on at both sides";
	case TLS_FAILURE_CIPHER:
		return "no cipher suite in common. Its owner should allow "
		       "ECDHE suites with AES-GCM";
	case TLS_FAILURE_CERTIFICATE_WANTED:
		return "it insists on a client certificate. Give one with "
		       "--cert and --key, and set smtp_tls_cert_file in "
		       "Postfix";
	case TLS_FAILURE_NOT_TLS:
		return "what it sent is no TLS. A port that wants STARTTLS "
		       "does not speak TLS at once: leave --implicit out";
	case TLS_FAILURE_CLOSED:
		return "it hung up in the handshake. Its log says why: often a "
		       "key that does not fit the certificate";
	case TLS_FAILURE_TIMEOUT:
		return "the handshake did not end in time. The server is "
		       "overloaded, or large packets are lost on the way";
	}
	return NULL;
}

static const char *
words_of_chain(enum chain_state chain)
{
	switch (chain) {
	case CHAIN_GOOD:
	case CHAIN_OTHER:
		break;
	case CHAIN_EXPIRED:
		return "its certificate has expired. Its owner must renew it";
	case CHAIN_NOT_YET:
		return "its certificate is not valid yet. Look at the clocks, "
		       "here and there";
	case CHAIN_SELF_SIGNED:
		return "its certificate is self-signed. Its owner should get "
		       "one from a public CA; or trust this one with --ca, "
		       "and with smtp_tls_CAfile in Postfix";
	case CHAIN_UNKNOWN_ISSUER:
		return "its certificate's issuer is not known here. Either its "
		       "owner left the intermediate certificate out, or the "
		       "CA must be trusted with --ca (Postfix: "
		       "smtp_tls_CAfile)";
	case CHAIN_WEAK:
		return "its certificate has a weak key or signature. Its owner "
		       "must renew it with 2048-bit RSA or P-256";
	}
	return NULL;
}

static void
put_names(const struct tls_report *tls, struct buf *out)
{
	size_t i;

	if (tls->name_count == 0)
		buf_puts(out, "no DNS name at all");
	for (i = 0; i < tls->name_count && i < 5; i++)
		buf_printf(out, "%s%s", i == 0 ? "" : ", ", tls->names[i]);
	if (tls->name_count > 5)
		buf_puts(out, ", ...");
}

static void
explain_session(const struct probehost *host, struct buf *out)
{
	const char *words;

	if (host->end != SMTP_TLS) {
		buf_puts(out, words_of_end(host->end));
		return;
	}
	words = words_of_failure(host->tls.failure);
	if (words != NULL)
		buf_puts(out, words);
	else
		buf_printf(out, "the handshake failed: %s. The server's log "
		    "says more", host->tls.words);
}

static void
explain_chain(const struct probehost *host, struct buf *out)
{
	const char *words = words_of_chain(host->tls.chain);

	if (words != NULL)
		buf_puts(out, words);
	else
		buf_printf(out, "its certificate is not good: %s. Its owner "
		    "must mend that", host->tls.chain_words);
}

void
probe_explain(const struct probehost *host, const struct match *match,
    enum obstacle obstacle, struct buf *out)
{
	const struct level *level = &match->rule->level;

	switch (obstacle) {
	case OBSTACLE_NONE:
		break;
	case OBSTACLE_SESSION:
		explain_session(host, out);
		break;
	case OBSTACLE_VERSION:
		buf_printf(out, "it speaks %s at best, and min-tls is %s. Its "
		    "owner should turn TLS 1.2 and 1.3 on",
		    host->tls.info.version_text,
		    tls_version_number(level->min_tls));
		break;
	case OBSTACLE_BITS:
		buf_printf(out, "%s has %u secret bits, and min-bits is %u. "
		    "Its owner should allow AES-GCM suites",
		    host->tls.info.cipher, host->tls.info.bits,
		    level->min_bits);
		break;
	case OBSTACLE_CIPHER:
		buf_printf(out, "%s does not meet ciphers = \"%s\". Its owner "
		    "should prefer ECDHE suites with AES-GCM",
		    host->tls.info.cipher, ciphers_name(level->ciphers));
		break;
	case OBSTACLE_CHAIN:
		explain_chain(host, out);
		break;
	case OBSTACLE_HOST_NAME:
		buf_printf(out, "its certificate is not for %s, it bears ",
		    host->host);
		put_names(&host->tls, out);
		buf_puts(out, ". With peer = \"named\" and peer-names, that "
		    "name can be the one that is asked for");
		break;
	case OBSTACLE_PEER_NAME:
		buf_puts(out, "its certificate bears ");
		put_names(&host->tls, out);
		buf_puts(out, ", which is none of the names that are asked "
		    "for. If that is its right name, add it to peer-names");
		break;
	}
}
