/*
 * level: what a rule asks of a session, and whether the session meets it.
 *
 * Plain value; peer_names points into the table's memory. Source: POLICY.md,
 * "Levels"; RFC 9325 (bcp195).
 */
#ifndef HOPSEAL_POLICY_LEVEL_H
#define HOPSEAL_POLICY_LEVEL_H

#include "policy/tlsinfo.h"

enum ciphers { CIPHERS_ANY, CIPHERS_FORWARD_SECRET, CIPHERS_BCP195 };
enum peer { PEER_ANY, PEER_TRUSTED, PEER_NAMED };

struct level {
	enum tls_version min_tls; /* TLS_VERSION_1_0 to TLS_VERSION_1_3 */
	unsigned min_bits;	  /* 0 to 65535 */
	enum ciphers ciphers;
	enum peer peer;
	/*
	 * A-labels, `*.` in front stands for exactly one label. NULL when
	 * none are set: then the policy domain and `*.` of it.
	 */
	const char *const *peer_names;
	size_t peer_name_count;
};

/* What the session lacks; in the order in which it is looked for. */
enum gap {
	GAP_NONE,
	GAP_UNKNOWN, /* the state is TLS_UNKNOWN */
	GAP_TLS,     /* no TLS at all */
	GAP_VERSION,
	GAP_BITS,
	GAP_CIPHER,
	GAP_TRUSTED, /* no certificate that the MTA verified */
	GAP_NAMED    /* it is trusted, but bears another name */
};

/* TLS 1.2, 128 bits, forward-secret, any peer. */
extern const struct level level_default;

/* domain: the policy domain, for peer names that are not set. */
enum gap level_check(const struct level *level, struct slice domain,
    const struct tlsinfo *tls);

/* Does the name match a peer name (A-labels; `*.` for one label)? */
bool peer_name_matches(struct slice name, struct slice pattern);

#endif
