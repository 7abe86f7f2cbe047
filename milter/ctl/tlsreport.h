/*
 * tlsreport: what a server showed in a handshake that came about.
 *
 * Only tlsprobe.c includes this. Threads: no state. Limits: as tlsprobe.h.
 * Source: RFC 5280; RFC 9525 (names); X509_STORE_CTX_get_error(3).
 */
#ifndef HOPSEAL_CTL_TLSREPORT_H
#define HOPSEAL_CTL_TLSREPORT_H

#include <openssl/ssl.h>

#include "milter/ctl/tlsprobe.h"

/* The session in the words of the policy, as Postfix would say it. */
void tlsreport_session(const SSL *ssl, struct tls_report *report);

/*
 * Chain, names, issuer and days of the server's certificate. Names that would
 * not print, and what is more than TLSPROBE_NAMES, are left out; one of the
 * old kind has its name in the subject alone. name_matches is not set.
 */
void tlsreport_certificate(const SSL *ssl, struct tls_report *report);

#endif
