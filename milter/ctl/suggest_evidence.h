/*
 * suggest_evidence: what sessions a domain was seen with, both sides apart.
 *
 * One candidate per domain; every record that a rule of the domain would
 * judge is added to it, and it keeps the highest level that all of them
 * satisfy. Plain values.
 *
 * A `from` rule judges the sessions that bring mail of the domain. A `to`
 * rule judges the sessions that bring mail for it, and binds the deliveries.
 *
 * Limits: SUGGEST_HOSTS and SUGGEST_NETWORKS per side. Source: POLICY.md,
 * "What a rule says".
 */
#ifndef HOPSEAL_CTL_SUGGEST_EVIDENCE_H
#define HOPSEAL_CTL_SUGGEST_EVIDENCE_H

#include "milter/ledger/sessions.h"
#include "policy/network.h"

enum { SUGGEST_HOSTS = 4, SUGGEST_NETWORKS = 64 };

struct suggest_network {
	struct network net;
	bool over_tls, in_clear;
};

struct suggest_evidence {
	uint64_t messages; /* taken or sent */
	uint64_t clear;	   /* sessions: messages and refused attempts */
	uint64_t unknown;
	uint64_t failed; /* out: TLS was not to be had */
	uint64_t tls;
	int64_t first, last; /* of the messages */
	/* What every session over TLS satisfies. */
	enum tls_version min_tls;
	unsigned min_bits;
	enum ciphers ciphers;
	enum peer peer;
	bool weak; /* one that meets no level with min-bits above 0 */
	/* Who sent in clear, or was sent to. */
	char hosts[SUGGEST_HOSTS][IPADDR_TEXT];
	size_t host_count;
	bool more_hosts;
	struct suggest_network networks[SUGGEST_NETWORKS];
	size_t network_count;
	bool more_networks;
};

struct suggest_candidate {
	char domain[DOMAIN_MAX + 1];
	struct suggest_evidence from; /* sessions with mail of the domain */
	struct suggest_evidence to;   /* sessions with mail for it */
	struct suggest_evidence out;  /* deliveries to it */
};

void suggest_candidate_init(struct suggest_candidate *candidate,
    const char *domain);

/* Add a session of the candidate's domain, as sender or as recipient. */
void suggest_add_sender(struct suggest_candidate *candidate,
    const struct session_facts *facts);
void suggest_add_recipient(struct suggest_candidate *candidate,
    const struct session_facts *facts);

/* Let a also stand for what b satisfies; counts and hosts stay. */
void suggest_lower(struct suggest_evidence *a,
    const struct suggest_evidence *b);

/*
 * Was TLS spoken from a client network that also sent in clear? Then prefer
 * would hold mail back. Where there are too many networks to say: yes.
 */
bool suggest_is_mixed(const struct suggest_evidence *evidence);

#endif
