/*
 * tlsinfo: what the MTA says of the session's TLS, from its macros.
 *
 * Two dialects (FACTS.md). Postfix sends {cert_subject} only for a trusted
 * certificate, as the bare common name, and has no {verify}. Sendmail sends
 * {verify}, the bare name in {cn_subject}, and in {cert_subject} the whole
 * DN even of a certificate that nobody vouches for.
 *
 * Plain value. Threads: no state.
 */
#ifndef HOPSEAL_POLICY_TLSINFO_H
#define HOPSEAL_POLICY_TLSINFO_H

#include "policy/base/attributes.h"
#include "policy/base/slice.h"

enum tls_state {
	TLS_UNKNOWN,	/* the MTA could not be asked */
	TLS_NONE,	/* it was asked, and named no protocol */
	TLS_ESTABLISHED /* it named a protocol */
};

/* In order: a later one meets what an earlier one is asked for. */
enum tls_version {
	TLS_VERSION_OTHER, /* no protocol, or one that is no TLS at all */
	TLS_VERSION_SSL,   /* SSLv2, SSLv3 */
	TLS_VERSION_1_0,
	TLS_VERSION_1_1,
	TLS_VERSION_1_2,
	TLS_VERSION_1_3,
	TLS_VERSION_LATER
};

enum cert_state { CERT_UNKNOWN, CERT_NONE, CERT_FAILED, CERT_TRUSTED };

/* Properties of a cipher suite, read off its name; a set of bits. */
enum {
	CIPHER_KNOWN = 1,	   /* a well-formed name was given */
	CIPHER_WEAK = 2,	   /* anonymous, NULL, EXPORT, RC4, DES, 3DES */
	CIPHER_FORWARD_SECRET = 4, /* TLS 1.3, ECDHE or DHE */
	CIPHER_AEAD = 8		   /* GCM, CCM, ChaCha20-Poly1305 */
};

enum { TLS_TEXT_MAX = 64, TLS_CN_MAX = 255 };

struct tlsinfo {
	enum tls_state state;
	enum tls_version version;
	unsigned cipher_class;
	bool bits_known; /* a number of at most five digits was given */
	unsigned bits;	 /* secret bits */
	enum cert_state cert;
	/* Validated for use in replies, logs and stamps; else "". */
	char version_text[TLS_TEXT_MAX + 1]; /* ALPHA DIGIT - _ . */
	char cipher[TLS_TEXT_MAX + 1];	     /* ALPHA DIGIT - _ */
	/* Common name of a trusted certificate, decoded, printable; or "". */
	char cn[TLS_CN_MAX + 1];
};

/* The macros as they came; NULL where the MTA sent none. Borrows. */
struct tls_macros {
	const char *version;	  /* {tls_version} */
	const char *cipher;	  /* {cipher} */
	const char *bits;	  /* {cipher_bits} */
	const char *verify;	  /* {verify} */
	const char *cert_subject; /* {cert_subject} */
	const char *cn_subject;	  /* {cn_subject} */
	bool is_postfix;	  /* `v` begins with "Postfix" */
	bool asked; /* SETSYMLIST was negotiated and MAIL brought a macro */
};

/* Source: POLICY.md, "Decision" and "Rulings"; FACTS.md, "TLS macros". */
void tlsinfo_from_macros(const struct tls_macros *macros, struct tlsinfo *out);

/* `TLSv1.2`, `TLSv1`, `SSLv3`, ... TLS_VERSION_OTHER for what is none. */
enum tls_version tls_version_parse(struct slice text);

/* "1.0" to "1.3", for replies; "" for the rest. */
const char *tls_version_number(enum tls_version version);

/* CIPHER_ bits of a suite under its OpenSSL, GnuTLS or IANA name. */
unsigned cipher_classify(struct slice name, enum tls_version version);

/* trusted, failed, none, unknown: as in the stamp, log and ledger. */
const char *cert_state_name(enum cert_state cert);

/* none, established, unknown. */
const char *tls_state_name(enum tls_state state);

#endif
