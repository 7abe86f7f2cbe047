/*
 * decide: facts and rules in, verdict out.
 *
 * Pure and total: no I/O, no clock, no allocation; every input has a
 * verdict. decide_recipient() judges one recipient at RCPT,
 * decide_header_from() the From field at EOM. Source: POLICY.md, "What a rule
 * says" and "Decision".
 */
#ifndef HOPSEAL_POLICY_DECIDE_H
#define HOPSEAL_POLICY_DECIDE_H

#include "policy/table.h"
#include "policy/verdict.h"

/* What the ledger knows of the first sender domain and the client network. */
struct history {
	bool met_before;      /* a message came over a session that met all */
	uint32_t met_age;     /* seconds since the last one */
	bool plain_before;    /* an episode of plain attempts is open */
	uint32_t plain_age;   /* seconds since its first attempt */
};

/*
 * Argument and macro of one address may disagree about the domain; then
 * the rules of both are judged (POLICY.md, "Rulings").
 */
enum { FACTS_DOMAINS = 2 };

struct facts {
	const struct tlsinfo *tls;
	bool judged; /* false: trusted host or local submission */
	const struct ipaddr *client_addr;  /* NULL: not IP */
	const struct domain *client_name;  /* NULL: not verified */
	const struct domain *senders;	   /* FACTS_DOMAINS at most */
	size_t sender_count;		   /* 0 for the null reverse-path */
	const struct domain *recipients;
	size_t recipient_count;
	bool requiretls;
	/* The recipient is never refused: what refuses is a fallback. */
	bool exempt;
	enum operation operation; /* the global one, for REQUIRETLS */
	struct history history;
};

/* Judge facts for one recipient. */
void decide_recipient(const struct table *table, const struct facts *facts,
    struct verdict *out);

/*
 * Judge one domain of the From field, by the `from` side of its rule when
 * that says header-from; else the verdict is OUTCOME_PASS of SIDE_NONE,
 * which takes no part in verdict_join. Of facts, the recipients are not
 * looked at. A downgrade is a fallback here: nothing is deferred for want of
 * history at EOM.
 */
void decide_header_from(const struct table *table, const struct facts *facts,
    const struct domain *domain, struct verdict *out);

#endif
