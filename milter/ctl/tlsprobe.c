#include "milter/ctl/tlsprobe.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ctl/tlsreport.h"
#include "milter/system/clock.h"
#include "policy/base/buf.h"

struct tlsprobe {
	SSL_CTX *context;
};

struct tls_session {
	SSL *ssl;
	int fd;
};

bool
wait_for_socket(int fd, bool to_write, int64_t deadline_us)
{
	struct pollfd waits = {.fd = fd,
	    .events = to_write ? POLLOUT : POLLIN};
	int64_t left;
	int ready;

	do {
		left = deadline_us - clock_monotonic_us();
		if (left <= 0)
			return false;
		ready = poll(&waits, 1, (int)(left / 1000) + 1);
	} while (ready < 0 && errno == EINTR);
	return ready > 0;
}

/* OpenSSL's words for its newest error; never its number. */
static void
put_words(unsigned long error, char *out, size_t size)
{
	const char *words = ERR_reason_error_string(error);
	struct buf buf;

	buf_init_fixed(&buf, out, size);
	buf_puts(&buf, words != NULL ? words : "no reason given");
	(void)buf_text(&buf);
}

static enum status
use_client_certificate(SSL_CTX *context,
    const struct tlsprobe_options *options, struct fault *fault)
{
	char words[128];

	if (options->cert_file == NULL)
		return STATUS_OK;
	if (SSL_CTX_use_certificate_chain_file(context,
		options->cert_file) != 1) {
		put_words(ERR_peek_last_error(), words, sizeof(words));
		return fault_set(fault, STATUS_CRYPTO,
		    "%s: no certificate can be read from it (%s); PEM is "
		    "wanted, the server's own certificate first",
		    options->cert_file, words);
	}
	if (SSL_CTX_use_PrivateKey_file(context, options->key_file,
		SSL_FILETYPE_PEM) != 1) {
		put_words(ERR_peek_last_error(), words, sizeof(words));
		return fault_set(fault, STATUS_CRYPTO,
		    "%s: not the key of %s (%s); an unencrypted PEM key is "
		    "wanted", options->key_file, options->cert_file, words);
	}
	return STATUS_OK;
}

static enum status
set_up(SSL_CTX *context, const struct tlsprobe_options *options,
    struct fault *fault)
{
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	(void)SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
	/* What an old server has to offer must be seen to be told. */
	SSL_CTX_set_security_level(context, 0);
	(void)SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0");
	if (options->ca_file == NULL)
		(void)SSL_CTX_set_default_verify_paths(context);
	else if (SSL_CTX_load_verify_file(context, options->ca_file) != 1)
		return fault_set(fault, STATUS_CRYPTO,
		    "%s: no CA certificate can be read from it; PEM is wanted",
		    options->ca_file);
	return use_client_certificate(context, options, fault);
}

enum status
tlsprobe_new(const struct tlsprobe_options *options, struct tlsprobe **out,
    struct fault *fault)
{
	struct tlsprobe *probe = calloc(1, sizeof(*probe));
	enum status status;

	if (probe == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory");
	probe->context = SSL_CTX_new(TLS_client_method());
	if (probe->context == NULL) {
		free(probe);
		return fault_set(fault, STATUS_NOMEM, "no memory");
	}
	status = set_up(probe->context, options, fault);
	ERR_clear_error();
	if (status != STATUS_OK)
		tlsprobe_free(&probe);
	*out = probe;
	return status;
}

void
tlsprobe_free(struct tlsprobe **probe)
{
	if (*probe == NULL)
		return;
	SSL_CTX_free((*probe)->context);
	free(*probe);
	*probe = NULL;
}

static enum tls_failure
failure_of(unsigned long error)
{
	switch (ERR_GET_REASON(error)) {
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
	case SSL_R_NO_PROTOCOLS_AVAILABLE:
	case SSL_R_VERSION_TOO_LOW:
		return TLS_FAILURE_PROTOCOL;
	case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
	case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
	case SSL_R_NO_CIPHERS_AVAILABLE:
		return TLS_FAILURE_CIPHER;
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		return TLS_FAILURE_CERTIFICATE_WANTED;
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
	case SSL_R_HTTP_REQUEST:
		return TLS_FAILURE_NOT_TLS;
	case SSL_R_UNEXPECTED_EOF_WHILE_READING:
		return TLS_FAILURE_CLOSED;
	default:
		return TLS_FAILURE_OTHER;
	}
}

/* Wait for what OpenSSL wants. Returns false if it wants nothing, or late. */
static bool
may_go_on(const struct tls_session *session, int result, int64_t deadline_us)
{
	switch (SSL_get_error(session->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return wait_for_socket(session->fd, false, deadline_us);
	case SSL_ERROR_WANT_WRITE:
		return wait_for_socket(session->fd, true, deadline_us);
	default:
		return false;
	}
}

static void
note_failure(int result, const struct tls_session *session,
    int64_t deadline_us, struct tls_report *report)
{
	unsigned long error = ERR_peek_error();
	int kind = SSL_get_error(session->ssl, result);

	if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE ||
	    clock_monotonic_us() >= deadline_us)
		report->failure = TLS_FAILURE_TIMEOUT;
	else if (error == 0)
		report->failure = TLS_FAILURE_CLOSED;
	else
		report->failure = failure_of(error);
	put_words(error, report->words, sizeof(report->words));
}

/* A name in the handshake's clear text, unless it is an address. */
static void
choose(SSL *ssl, const struct tls_target *target)
{
	static const int versions[] = {
	    [TLS_VERSION_1_0] = TLS1_VERSION,
	    [TLS_VERSION_1_1] = TLS1_1_VERSION,
	    [TLS_VERSION_1_2] = TLS1_2_VERSION,
	    [TLS_VERSION_1_3] = TLS1_3_VERSION,
	};
	struct domain name;

	domain_normalize(slice_of(target->host), &name);
	if (name.kind == DOMAIN_NAME)
		(void)SSL_set_tlsext_host_name(ssl, name.text);
	if (target->only >= TLS_VERSION_1_0 &&
	    target->only <= TLS_VERSION_1_3) {
		(void)SSL_set_min_proto_version(ssl, versions[target->only]);
		(void)SSL_set_max_proto_version(ssl, versions[target->only]);
	}
}

enum status
tlsprobe_handshake(struct tlsprobe *probe, const struct tls_target *target,
    struct tls_session **out, struct tls_report *report)
{
	struct tls_session *session = calloc(1, sizeof(*session));
	int result;

	*out = NULL;
	memset(report, 0, sizeof(*report));
	if (session == NULL)
		return STATUS_NOMEM;
	session->fd = target->fd;
	session->ssl = SSL_new(probe->context);
	if (session->ssl == NULL ||
	    SSL_set_fd(session->ssl, target->fd) != 1) {
		tls_session_free(&session);
		return STATUS_NOMEM;
	}
	choose(session->ssl, target);
	ERR_clear_error();
	do
		result = SSL_connect(session->ssl);
	while (result != 1 &&
	    may_go_on(session, result, target->deadline_us));
	if (result != 1) {
		note_failure(result, session, target->deadline_us, report);
		tls_session_free(&session);
		return STATUS_OK;
	}
	tlsreport_session(session->ssl, report);
	tlsreport_certificate(session->ssl, report);
	report->name_matches = tls_session_bears(session, target->host);
	*out = session;
	return STATUS_OK;
}

bool
tls_session_bears(const struct tls_session *session, const char *name)
{
	X509 *certificate = SSL_get0_peer_certificate(session->ssl);
	unsigned flags = 0;

	if (certificate == NULL)
		return false;
	if (slice_begins_nocase(slice_of(name), "*.")) {
		name++; /* OpenSSL writes `.x` for what lies below x */
		flags = X509_CHECK_FLAG_SINGLE_LABEL_SUBDOMAINS;
	}
	return X509_check_host(certificate, name, 0, flags, NULL) == 1 ||
	    X509_check_ip_asc(certificate, name, 0) == 1;
}

ssize_t
tls_session_read(struct tls_session *session, void *data, size_t len,
    int64_t deadline_us)
{
	size_t got = 0;
	int result;

	ERR_clear_error();
	do
		result = SSL_read_ex(session->ssl, data, len, &got);
	while (result != 1 && may_go_on(session, result, deadline_us));
	if (result == 1)
		return (ssize_t)got;
	return SSL_get_error(session->ssl, result) == SSL_ERROR_ZERO_RETURN
	    ? 0
	    : -1;
}

bool
tls_session_write(struct tls_session *session, const void *data, size_t len,
    int64_t deadline_us)
{
	size_t put = 0;
	int result;

	ERR_clear_error();
	do
		result = SSL_write_ex(session->ssl, data, len, &put);
	while (result != 1 && may_go_on(session, result, deadline_us));
	return result == 1 && put == len;
}

void
tls_session_free(struct tls_session **session)
{
	if (*session == NULL)
		return;
	if ((*session)->ssl != NULL && SSL_is_init_finished((*session)->ssl))
		(void)SSL_shutdown((*session)->ssl);
	SSL_free((*session)->ssl);
	ERR_clear_error();
	free(*session);
	*session = NULL;
}
