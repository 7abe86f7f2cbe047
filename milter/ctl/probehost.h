/*
 * probehost: visit one mail host and note all that it shows.
 *
 * Source: as smtpdialogue.h and tlsprobe.h. Limits: one host takes at most
 * the seconds of the options for the visit, and as many for each of the four
 * protocol versions that are then tried one by one.
 */
#ifndef HOPSEAL_CTL_PROBEHOST_H
#define HOPSEAL_CTL_PROBEHOST_H

#include "milter/ctl/smtpdialogue.h"

enum { PROBE_VERSIONS = 4 }; /* TLS 1.0 to 1.3, in this order */

enum version_state { VERSION_UNTRIED, VERSION_ACCEPTED, VERSION_REFUSED };

struct probehost_options {
	const char *port; /* decimal */
	const char *helo; /* this host's name */
	bool implicit;	  /* TLS from the first octet (RFC 8314) */
	unsigned seconds;
};

struct probehost {
	char host[DOMAIN_MAX + 1];
	unsigned preference;
	char address[64];
	enum smtp_end end;
	char reply[SMTP_TEXT]; /* the host's last words in clear */
	bool requiretls;
	struct tls_report tls;
	enum version_state versions[PROBE_VERSIONS];
	/* Names that the policy asks for: does the certificate bear one? */
	bool bears_wanted;
	size_t tlsa;
	bool tlsa_authentic;
};

/* Asked of each certificate: does it bear a wanted name? */
typedef bool probehost_names(void *context,
    const struct tls_session *session);

struct probehost_visit {
	const struct probehost_options *options;
	struct tlsprobe *tls;
	probehost_names *bears;
	void *context;
};

/* Fills *out, whose host and preference are set. Fails: NOMEM. */
enum status probehost_visit(const struct probehost_visit *visit,
    struct probehost *out) MUST_CHECK;

#endif
