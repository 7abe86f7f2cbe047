/*
 * nexthop: what Postfix is told of a next hop's TLS, from the same rules.
 *
 * Pure. Source: POLICY.md, "Next hop"; postconf(5), smtp_tls_policy_maps;
 * socketmap_table(5).
 */
#ifndef HOPSEAL_POLICY_NEXTHOP_H
#define HOPSEAL_POLICY_NEXTHOP_H

#include "policy/base/buf.h"
#include "policy/table.h"

enum { NEXTHOP_ANSWER_MAX = 100000 };

/*
 * Append the answer to a lookup of key: `OK POLICY` for a domain whose `to`
 * side requires TLS under operation enforce, else `NOTFOUND `. key is a
 * domain, `host:port`, `[host]`, `[host]:port`, or a parent with a leading
 * dot, which is never found: parents are the table's own business.
 */
void nexthop_answer(const struct table *table, struct slice key,
    struct buf *out);

/*
 * The domain that a key asks for. Returns false for a parent. An address
 * becomes an address literal.
 */
bool nexthop_domain(struct slice key, struct domain *out);

/* How the next hop of a domain is kept to TLS. */
enum binding {
	BINDING_NONE,	/* no rule asks for it */
	BINDING_HOLDS,	/* a rule does, and the MTA can be told */
	BINDING_NAME,	/* Sendmail cannot: it looks names that are not */
	BINDING_HOST,	/* ASCII, a host's name in brackets, and an */
	BINDING_ADDRESS, /* address up as they are written */
	BINDING_FORM,	/* Sendmail does not find one in quotes, or that long */
	BINDING_MOVED	/* Sendmail made it another, which no rule binds */
};

/*
 * is_ascii: so was the domain before it was normalized. Of Postfix the last
 * five hold as well: it asks with A-labels and with the address itself, and
 * does not take names in brackets. Never the last two: who knows the address,
 * and both domains, finds that.
 */
enum binding nexthop_binding(const struct table *table,
    const struct domain *domain, bool is_ascii);

/*
 * The same on Sendmail, of the domain of an address as it is written there:
 * BINDING_FORM too.
 */
enum binding nexthop_address_binding(const struct table *table,
    const struct domain *domain, struct slice address);

/* Does the rule ask for TLS at the next hop, and is that enforced? */
bool nexthop_is_bound_by(const struct rule *rule);

/* Is it one that Sendmail cannot? */
bool nexthop_is_lost(enum binding binding);

/* `encrypt protocols=>=TLSv1.2 ciphers=high`: what `to` = require means. */
void nexthop_policy(const struct match *match, struct buf *out);

#endif
