/*
 * probejudge: how a policy would fare with the host that was visited.
 *
 * The level is checked by the daemon's own level_check(); what a certificate
 * must be follows POLICY.md, "Next hop": trusted also means that it bears the
 * host's name, as `verify` in Postfix does. Pure.
 */
#ifndef HOPSEAL_CTL_PROBEJUDGE_H
#define HOPSEAL_CTL_PROBEJUDGE_H

#include "milter/ctl/probehost.h"
#include "policy/base/buf.h"
#include "policy/table.h"

/* The first thing that stands in the way. */
enum obstacle {
	OBSTACLE_NONE,
	OBSTACLE_SESSION, /* no TLS session: probehost.end says why */
	OBSTACLE_VERSION,
	OBSTACLE_BITS,
	OBSTACLE_CIPHER,
	OBSTACLE_CHAIN,
	OBSTACLE_HOST_NAME, /* peer trusted: not for the host */
	OBSTACLE_PEER_NAME  /* peer named: none of the policy's names */
};

/* Would a session with this host satisfy the rule if its peer were so? */
enum obstacle probe_judge(const struct probehost *host,
    const struct match *match, enum peer peer);

/* Does the certificate bear a name that the policy asks for? */
bool probe_bears_names(const struct match *match,
    const struct tls_session *session);

/* What stands in the way, and what to do: two sentences. */
void probe_explain(const struct probehost *host, const struct match *match,
    enum obstacle obstacle, struct buf *out);

#endif
