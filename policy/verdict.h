/*
 * verdict: what policy thinks of one recipient, and the reply that says so.
 *
 * Plain value that borrows from the table and the facts it was made of.
 * Source: POLICY.md, "Replies".
 */
#ifndef HOPSEAL_POLICY_VERDICT_H
#define HOPSEAL_POLICY_VERDICT_H

#include "policy/domain.h"
#include "policy/nexthop.h"
#include "policy/rule.h"

/* In order of strictness: of several, the last one wins. */
enum outcome {
	OUTCOME_TRUSTED, /* trusted host or local submission: not judged */
	OUTCOME_PASS,
	OUTCOME_FALLBACK,
	OUTCOME_WOULD_DEFER, /* under observe or stamp: refuses nothing */
	OUTCOME_WOULD_REJECT,
	OUTCOME_DOWNGRADE, /* deferred: TLS was used before */
	OUTCOME_DEFER,
	OUTCOME_REJECT
};

/* Which side of which rule spoke. */
enum side {
	SIDE_NONE,
	SIDE_FROM,
	SIDE_TO,
	SIDE_CLIENT,
	SIDE_REQUIRETLS,
	SIDE_HEADER_FROM
};

struct verdict {
	enum outcome outcome;
	enum side side;	      /* of the rule that decided */
	enum gap gap;	      /* what was missing */
	struct slice domain;  /* policy domain or client title; borrowed */
	struct slice subject; /* the sender's domain, for the downgrade reply */
	const struct rule *rule; /* NULL: none */
	enum mode mode;	      /* of the rule that decided */
	enum mode strictest;  /* strictest mode among all rules judged */
	bool to_require;      /* the recipient's `to` mode: enforced require */
	bool all_stamp;	      /* every rule's operation is stamp or enforce */
	bool met;	      /* the session met every rule's level */
	bool exempted;	      /* would have been refused, but is exempt */
};

enum { REPLY_TEXT_MAX = 620 };

struct reply {
	char code[4];	/* "550"; "" when mail passes */
	char xcode[8];	/* "5.7.10" */
	char text[REPLY_TEXT_MAX];
	const char *help; /* second line: URL, remedy or NULL; borrowed */
};

/* Does the outcome refuse the recipient (or, at EOM, the message)? */
bool verdict_refuses(const struct verdict *verdict);

/*
 * Fold b into a: the stricter one decides, of equals a; strictest, met,
 * all_stamp and to_require are of both. Neither may be of SIDE_NONE.
 */
void verdict_join(struct verdict *a, const struct verdict *b);

/* The reply of a refusing verdict; of another, an empty one. */
void verdict_reply(const struct verdict *verdict, const struct tlsinfo *tls,
    struct reply *out);

/*
 * 550 5.7.10: a mark asks for TLS and nothing binds domain to it
 * (BINDING_NONE), or a rule does and Sendmail cannot: how it is to be written.
 */
void reply_for_unbound(enum binding binding, const struct domain *domain,
    struct reply *out);

/* 451 4.3.0: we could not do our work. */
void reply_for_fault(struct reply *out);

/* pass, fallback, downgrade, ...: as in log and ledger. */
const char *outcome_name(enum outcome outcome);

/* from, to, client, requiretls, header-from, or "-". */
const char *side_name(enum side side);

#endif
