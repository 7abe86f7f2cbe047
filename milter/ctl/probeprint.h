/*
 * probeprint: what a probe found, for a person or as JSON.
 *
 * Text fits 80 columns but for names that do not; a table per host, then the
 * sentences. JSON is one object per target and line.
 */
#ifndef HOPSEAL_CTL_PROBEPRINT_H
#define HOPSEAL_CTL_PROBEPRINT_H

#include "milter/ctl/probejudge.h"
#include "milter/ctl/resolver.h"

/* Where the hosts of a target come from. */
enum probe_source {
	PROBE_DIRECT,	 /* named as a host */
	PROBE_MX,	 /* its MX records */
	PROBE_ITSELF,	 /* it has none, so its address (RFC 5321, 5.1) */
	PROBE_NULL_MX,	 /* it takes no mail (RFC 7505) */
	PROBE_NO_ANSWER, /* DNS did not answer */
	PROBE_NO_DOMAIN	 /* there is no such domain */
};

struct probe {
	struct domain domain;
	char port[6]; /* decimal */
	enum probe_source source;
	bool sts_asked, sts; /* MTA-STS: a record is there (RFC 8461) */
	struct slice policy; /* title of the rule in force */
	struct match match;  /* that rule; its domain, or for `*` the target */
	size_t count;
	struct probehost hosts[RESOLVER_MX_MAX];
};

/* Would the policy in force be satisfied by every host? */
bool probe_satisfies(const struct probe *probe);

/* `has MX records` and the like, behind the target's name. */
const char *probe_source_words(enum probe_source source);

void probe_print_text(const struct probe *probe, struct buf *out);
void probe_print_json(const struct probe *probe, struct buf *out);

#endif
