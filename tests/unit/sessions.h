/*
 * sessions: the finite product of what a session can offer, in both forms.
 *
 * sessions_make() fills the i-th session for policy/ and for the oracle.
 * Neighbours in one dimension stand sessions_stride() apart, in the order in
 * which more of it is more TLS.
 */
#ifndef HOPSEAL_TESTS_UNIT_SESSIONS_H
#define HOPSEAL_TESTS_UNIT_SESSIONS_H

#include <stdio.h>
#include <string.h>

#include "policy/level.h"
#include "tests/unit/oracle.h"

enum session_dimension { BY_VERSION, BY_BITS, BY_CIPHER, BY_CERT, DIMENSIONS };

/* Indexed by enum tls_version. */
static const struct {
	int ten_times;
	const char *text;
} session_versions[] = {{0, ""}, {5, "SSLv3"}, {10, "TLSv1"},
    {11, "TLSv1.1"}, {12, "TLSv1.2"}, {13, "TLSv1.3"}, {14, "TLSv1.4"}};

static const int session_bits[] = {-1, 0, 40, 127, 128, 256};

/* From worse to better; what differs in kind and not in worth comes last. */
static const struct {
	bool named, weak, forward_secret, aead;
	const char *text;
} session_ciphers[] = {{false, false, false, false, ""},
    {true, true, false, false, "RC4-SHA"},
    {true, false, false, false, "AES128-SHA"},
    {true, false, true, false, "ECDHE-RSA-AES128-SHA"},
    {true, false, true, true, "ECDHE-RSA-AES128-GCM-SHA256"},
    {true, true, true, false, "ECDHE-RSA-NULL-SHA"},
    {true, true, true, true, "ADH-AES128-GCM-SHA256"},
    {true, false, false, true, "AES128-GCM-SHA256"}};

enum { CIPHERS_IN_ORDER = 5 };

static const struct {
	enum cert_state cert;
	const char *name;
} session_certs[] = {{CERT_UNKNOWN, ""}, {CERT_NONE, ""}, {CERT_FAILED, ""},
    {CERT_TRUSTED, ""}, {CERT_TRUSTED, "evil.example"},
    {CERT_TRUSTED, "mx.bank.example"}};

static const size_t session_sizes[DIMENSIONS] = {7, 6, 8, 6};

enum {
	SESSIONS_ESTABLISHED = 7 * 6 * 8 * 6,
	SESSION_NONE = SESSIONS_ESTABLISHED,
	SESSION_UNKNOWN,
	SESSIONS
};

static inline size_t
sessions_stride(enum session_dimension dimension)
{
	size_t stride = 1, i;

	for (i = 0; i < (size_t)dimension; i++)
		stride *= session_sizes[i];
	return stride;
}

static inline size_t
sessions_place(size_t i, enum session_dimension dimension)
{
	return i / sessions_stride(dimension) % session_sizes[dimension];
}

static inline void
sessions_cipher(size_t i, struct tlsinfo *tls, struct oracle_session *oracle)
{
	oracle->cipher_named = session_ciphers[i].named;
	oracle->weak = session_ciphers[i].weak;
	oracle->forward_secret = session_ciphers[i].forward_secret;
	oracle->aead = session_ciphers[i].aead;
	oracle->cipher_text = session_ciphers[i].text;
	tls->cipher_class = (oracle->cipher_named ? CIPHER_KNOWN : 0u) |
	    (oracle->weak ? CIPHER_WEAK : 0u) |
	    (oracle->forward_secret ? CIPHER_FORWARD_SECRET : 0u) |
	    (oracle->aead ? CIPHER_AEAD : 0u);
	(void)snprintf(tls->cipher, sizeof(tls->cipher), "%s",
	    session_ciphers[i].text);
}

static inline void
sessions_make(size_t i, struct tlsinfo *tls, struct oracle_session *oracle)
{
	size_t version = sessions_place(i, BY_VERSION);
	size_t bits = sessions_place(i, BY_BITS);
	size_t cert = sessions_place(i, BY_CERT);

	memset(tls, 0, sizeof(*tls));
	memset(oracle, 0, sizeof(*oracle));
	oracle->state = i == SESSION_NONE ? 'n' :
	    i == SESSION_UNKNOWN	  ? 'u' :
					    'e';
	oracle->bits = -1;
	oracle->name = oracle->version_text = oracle->cipher_text = "";
	if (i >= SESSIONS_ESTABLISHED) {
		tls->state = i == SESSION_NONE ? TLS_NONE : TLS_UNKNOWN;
		return;
	}
	tls->state = TLS_ESTABLISHED;
	tls->version = (enum tls_version)version;
	oracle->version = session_versions[version].ten_times;
	oracle->version_text = session_versions[version].text;
	(void)snprintf(tls->version_text, sizeof(tls->version_text), "%s",
	    session_versions[version].text);
	oracle->bits = session_bits[bits];
	tls->bits_known = oracle->bits >= 0;
	tls->bits = oracle->bits >= 0 ? (unsigned)oracle->bits : 0;
	sessions_cipher(sessions_place(i, BY_CIPHER), tls, oracle);
	tls->cert = session_certs[cert].cert;
	oracle->trusted = tls->cert == CERT_TRUSTED;
	oracle->name = session_certs[cert].name;
	(void)snprintf(tls->cn, sizeof(tls->cn), "%s", oracle->name);
}

/*
 * The session that offers one step more than the i-th in a dimension, or
 * SESSIONS when there is none. No TLS at all comes before every TLS.
 */
static inline size_t
sessions_better(size_t i, enum session_dimension dimension)
{
	size_t place = sessions_place(i, dimension);
	size_t last = dimension == BY_CIPHER ? CIPHERS_IN_ORDER
					     : session_sizes[dimension];

	if (i >= SESSIONS_ESTABLISHED || place + 1 >= last)
		return SESSIONS;
	return i + sessions_stride(dimension);
}

#endif
