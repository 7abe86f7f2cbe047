/*
 * domain: a mail domain in the one form that everything else compares.
 *
 * domain_normalize() turns what a client, an MTA or an administrator wrote
 * into A-labels, lower case, without final dot. What cannot be normalized is
 * kept as DOMAIN_OTHER, of which only the rules speak that speak of its last
 * labels, and the rule `*`.
 *
 *   kind            text                      example
 *   DOMAIN_NONE     ""                        null reverse-path
 *   DOMAIN_NAME     letters digits - _ .      bank.example
 *   DOMAIN_LITERAL  as written, in brackets   [192.0.2.1]
 *   DOMAIN_OTHER    "", or a star and labels  a name that cannot be compared:
 *                                             *.bank.example of x!.bank.example
 *
 * Plain value. Limits: DOMAIN_MAX octets. Source: RFC 5891, UTS 46
 * (non-transitional, by libidn2); RFC 3492; POLICY.md, "Rulings".
 */
#ifndef HOPSEAL_POLICY_DOMAIN_H
#define HOPSEAL_POLICY_DOMAIN_H

#include "policy/base/slice.h"

enum { DOMAIN_MAX = 253 };

enum domain_kind { DOMAIN_NONE, DOMAIN_NAME, DOMAIN_LITERAL, DOMAIN_OTHER };

struct domain {
	enum domain_kind kind;
	size_t len;
	char text[DOMAIN_MAX + 1];
};

/* The empty domain, DOMAIN_NONE. */
void domain_init(struct domain *domain);

/*
 * Normalize name: any octets, any length. Never fails: what is no name of
 * at most DOMAIN_MAX octets after normalization becomes DOMAIN_OTHER.
 * A name of ASCII letters, digits, hyphen, underscore and dots is only
 * lowered; final dots go; other text is read as UTF-8 and goes through IDNA.
 */
void domain_normalize(struct slice name, struct domain *out);

/* Without the final dots that stand for the root. */
struct slice domain_without_root(struct slice name);

/* The text as a slice. Borrows domain. */
struct slice domain_slice(const struct domain *domain);

/* Same kind and same text (literals without regard to case)? */
bool domain_equal(const struct domain *a, const struct domain *b);

/*
 * Cut the first label off: `a.b.c` becomes `b.c`. Returns false, with *name
 * empty, when no dot is left.
 */
bool domain_parent(struct slice *name);

/* Is name equal to, or below, the normalized name above? Both lower case. */
bool domain_is_below(struct slice name, struct slice above, bool or_equal);

/* Only letters, digits, hyphen, underscore and dots; 1 to DOMAIN_MAX? */
bool domain_is_plain(struct slice name);

#endif
