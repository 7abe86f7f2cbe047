#include "milter/ctl/tlsreport.h"

#include <openssl/x509v3.h>
#include <string.h>

#include "policy/base/buf.h"

static enum chain_state
chain_state_of(long result)
{
	switch (result) {
	case X509_V_OK:
		return CHAIN_GOOD;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return CHAIN_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return CHAIN_NOT_YET;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return CHAIN_SELF_SIGNED;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_UNTRUSTED:
		return CHAIN_UNKNOWN_ISSUER;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return CHAIN_WEAK;
	default:
		return CHAIN_OTHER;
	}
}

/* A certificate of the old kind has its name in the subject alone. */
static void
note_common_name(X509 *certificate, struct tls_report *report)
{
	char *name = report->names[0];

	if (report->name_count == 0 &&
	    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate),
		NID_commonName, name, (int)sizeof(report->names[0])) > 0 &&
	    domain_is_plain(slice_of(name)))
		report->name_count = 1;
}

/* DNS names of the certificate; what would not print is left out. */
static void
note_names(X509 *certificate, struct tls_report *report)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate,
	    NID_subject_alt_name, NULL, NULL);
	int i;

	for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		struct slice text;
		struct buf out;

		if (name->type != GEN_DNS ||
		    report->name_count == TLSPROBE_NAMES)
			continue;
		text = slice_make(
		    (const char *)ASN1_STRING_get0_data(name->d.dNSName),
		    (size_t)ASN1_STRING_length(name->d.dNSName));
		buf_init_fixed(&out, report->names[report->name_count],
		    sizeof(report->names[0]));
		buf_put_slice(&out, text);
		if (slice_begins_nocase(text, "*."))
			text = slice_make(text.at + 2, text.len - 2);
		if (buf_status(&out) == STATUS_OK && domain_is_plain(text))
			report->name_count++;
	}
	GENERAL_NAMES_free(names);
}

void
tlsreport_certificate(const SSL *ssl, struct tls_report *report)
{
	X509 *certificate = SSL_get0_peer_certificate(ssl);
	long result = SSL_get_verify_result(ssl);
	struct buf issuer;
	int days = 0, seconds = 0;

	report->chain = chain_state_of(result);
	buf_init_fixed(&issuer, report->chain_words,
	    sizeof(report->chain_words));
	buf_puts(&issuer, X509_verify_cert_error_string(result));
	(void)buf_text(&issuer);
	if (certificate == NULL) {
		report->chain = CHAIN_OTHER;
		return;
	}
	if (X509_NAME_get_text_by_NID(X509_get_issuer_name(certificate),
		NID_commonName, report->issuer,
		(int)sizeof(report->issuer)) < 0)
		report->issuer[0] = '\0';
	(void)ASN1_TIME_diff(&days, &seconds, NULL,
	    X509_get0_notAfter(certificate));
	report->days_left = seconds < 0 && days == 0 ? -1 : days;
	note_names(certificate, report);
	note_common_name(certificate, report);
}

void
tlsreport_session(const SSL *ssl, struct tls_report *report)
{
	char bits[16];
	struct buf buf;
	struct tls_macros macros = {
	    .version = SSL_get_version(ssl),
	    .cipher = SSL_get_cipher_name(ssl),
	    .bits = bits,
	    .is_postfix = true,
	    .asked = true,
	};

	buf_init_fixed(&buf, bits, sizeof(bits));
	buf_printf(&buf, "%d", SSL_get_cipher_bits(ssl, NULL));
	macros.bits = buf_text(&buf);
	tlsinfo_from_macros(&macros, &report->info);
}
