/*
 * table: the frozen set of rules, and who a domain or client belongs to.
 *
 * Build it (table_new, table_keep, table_add_*), freeze it, then only look
 * up. Lookup walks from the domain to its parents and costs one hash probe
 * per label. A million bulk entries take about 40 octets each.
 *
 * Threads: one builder; after table_freeze any number of readers.
 * Limits: TABLE_MAX_DOMAINS names, TABLE_MAX_CLIENTS client rules.
 */
#ifndef HOPSEAL_POLICY_TABLE_H
#define HOPSEAL_POLICY_TABLE_H

#include "policy/base/attributes.h"
#include "policy/base/status.h"
#include "policy/domain.h"
#include "policy/nameset.h"
#include "policy/network.h"
#include "policy/rule.h"

enum { TABLE_MAX_DOMAINS = NAMESET_MAX, TABLE_MAX_CLIENTS = 100000 };

struct table;

/* A rule that applies, and the policy domain or client title it stands for. */
struct match {
	const struct rule *rule;
	struct slice domain; /* `*` for the default rule */
};

/* An empty table whose default rule is rule_default. Fails: NOMEM. */
enum status table_new(struct table **out) MUST_CHECK;
void table_free(struct table **table);

/*
 * Copy a rule with its texts into the table, once per policy section or
 * class. The copy lives as long as the table. NULL: no memory.
 */
const struct rule *table_keep(struct table *table,
    const struct rule *rule) MUST_CHECK;

/*
 * What a domain is looked up by, in key or in domain itself. Names are as they
 * are. Of a literal with an address the address counts, which has many
 * spellings (RFC 4291, 2.2), since mail to each of them goes to the same host.
 * A name in brackets, perhaps with a port, is no literal of RFC 5321, but
 * Sendmail sends it to the host of that name: the name counts. Other literals
 * are in lower case.
 */
struct slice table_key(const struct domain *domain, char key[DOMAIN_MAX + 1]);

/*
 * Let rule (from table_keep) speak for domain, a DOMAIN_NAME or
 * DOMAIN_LITERAL. SCOPE_TREE and SCOPE_SELF share one place per domain,
 * SCOPE_BELOW has another. Fails: EXISTS, LIMIT, NOMEM.
 */
enum status table_add_domain(struct table *table, const struct domain *domain,
    enum scope scope, const struct rule *rule) MUST_CHECK;

/* The rule `*`. Borrows rule (from table_keep). */
void table_set_default(struct table *table, const struct rule *rule);

/*
 * Client rules. title is what the reply names, as written. Of two equal
 * networks table_freeze complains. Fails: EXISTS (names), LIMIT, NOMEM.
 */
enum status table_add_network(struct table *table, const struct network *net,
    struct slice title, const struct rule *rule) MUST_CHECK;
enum status table_add_client(struct table *table, const struct domain *name,
    enum scope scope, const struct rule *rule) MUST_CHECK;

/* No more additions after this. Fails: EXISTS (a network stands twice). */
enum status table_freeze(struct table *table) MUST_CHECK;

/*
 * The most specific rule of domain; the rule `*` when there is none, and for
 * DOMAIN_NONE too (callers ask only for sides that exist).
 */
void table_find(const struct table *table, const struct domain *domain,
    struct match *out);

/*
 * The client rule: the longest prefix that holds addr, else the most
 * specific name. addr and name may be NULL. Returns false when none applies.
 */
bool table_find_client(const struct table *table, const struct ipaddr *addr,
    const struct domain *name, struct match *out);

/* Called per domain entry. Returning false ends it. */
typedef bool table_visit(void *context, const struct match *match,
    enum scope scope);

/* Every domain that has a rule, in the order of the additions; not `*`. */
void table_each(const struct table *table, table_visit *visit, void *context);

/* What any of the kept rules asks for, so that callers can spare work. */
struct table_traits {
	bool header_from; /* some rule judges the From field */
	bool stamps;	  /* some rule's operation is stamp or enforce */
	bool prefer;	  /* some side's mode is prefer */
	bool binds;	  /* some rule enforces TLS at the next hop */
};

struct table_traits table_traits(const struct table *table);

/* Number of domain entries, and of octets held, for log and metrics. */
size_t table_domains(const struct table *table);
size_t table_held(const struct table *table);

#endif
