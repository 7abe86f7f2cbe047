/*
 * doctor: the parts of hopseal doctor, and what they share.
 *
 * Each part looks at one thing and adds what it finds to the diagnosis; none
 * changes anything. Threads: one owner. Source: POLICY.md; the manuals of
 * Postfix and Sendmail; FACTS.md.
 */
#ifndef HOPSEAL_CTL_DOCTOR_H
#define HOPSEAL_CTL_DOCTOR_H

#include <netinet/in.h>

#include "milter/config/config.h"
#include "milter/ctl/diagnosis.h"
#include "policy/base/buf.h"

/* What the rules want from the MTA. */
struct doctor_needs {
	bool inbound;	   /* some `from` side or client rule */
	bool peer;	   /* a rule looks at certificates of clients */
	bool outbound;	   /* some `to` side is "require" */
	bool outbound_all; /* that of `*` is */
	bool outbound_peer; /* with a peer to be verified */
	enum tls_version min_tls; /* the strictest of them all */
	char domain[DOMAIN_MAX + 1]; /* one that outbound is about */
};

struct doctor {
	struct diagnosis *diagnosis;
	const struct config *config;
	const char *config_file;
	struct doctor_needs needs;
	const struct sockaddr_in *dns; /* NULL: the system's */
	const char *postfix_folder;    /* NULL: postconf's own */
	const char *sendmail_cf;
	bool is_root;
};

/* A certificate and its key, as the MTA's settings name them. */
struct doctor_pair {
	const char *mta;	/* Postfix, Sendmail */
	const char *setting;	/* smtpd_tls_cert_file */
	const char *key_setting;
	const char *certificate; /* files */
	const char *key;
	const char *host;	/* whom the certificate should name */
	bool is_server;
};

/* What the rules of table want. */
void doctor_needs_of(const struct table *table, struct doctor_needs *out);

/* Does a rule bind mail to that domain, or to one below it? */
bool doctor_binds(const struct table *table, struct slice name);

/* Each adds what it finds to the diagnosis. */
void doctor_self(const struct doctor *doctor);
void doctor_stamp(const struct doctor *doctor);
void doctor_ledger(const struct doctor *doctor);
void doctor_clock(const struct doctor *doctor);

void doctor_postfix(const struct doctor *doctor);
void doctor_sendmail(const struct doctor *doctor);

/* The same of one certificate and key. */
void doctor_credentials(struct diagnosis *diagnosis,
    const struct doctor_pair *pair);

#endif
