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

/* Does policy bind the next hop of domain to TLS, and can every MTA do it? */
bool nexthop_is_bound(const struct table *table,
    const struct domain *domain);

/*
 * Does policy ask to bind domain where Sendmail cannot: a host in brackets
 * below the domain of the rule, of which no line of its access map can speak?
 */
bool nexthop_is_lost(const struct table *table, const struct domain *domain);

/* `encrypt protocols=>=TLSv1.2 ciphers=high`: what `to` = require means. */
void nexthop_policy(const struct match *match, struct buf *out);

#endif
