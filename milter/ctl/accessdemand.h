/*
 * accessdemand: what the right-hand side of a TLS_Rcpt line of Sendmail's
 * access map asks of a session, and whether that is as much as a rule does.
 *
 *	demand  = [ ("PERM" / "TEMP") "+" ] kind *1(":" bits) *1("+" more)
 *	kind    = "VERIFY" / "ENCR"
 *	more    = requirement *("++" requirement)
 *
 * Sendmail takes whatever else stands there (OK, ENCR without bits) for no
 * demand at all. Slices borrow. Threads: no state. Source: Sendmail's
 * cf/README, "STARTTLS"; the ruleset TLS_connection of proto.m4.
 */
#ifndef HOPSEAL_CTL_ACCESSDEMAND_H
#define HOPSEAL_CTL_ACCESSDEMAND_H

#include "policy/base/buf.h"
#include "policy/level.h"

/* In order of strictness. */
enum access_kind { ACCESS_NOTHING, ACCESS_ENCR, ACCESS_VERIFY };

struct accessdemand {
	enum access_kind kind;
	unsigned long bits;
	struct slice more; /* CN:mx.bank.example */
};

/* Read a right-hand side. */
struct accessdemand accessdemand_parse(struct slice text);

/* What export sendmail prints for a level. Borrows its first name. */
struct accessdemand accessdemand_of(const struct level *level);
void accessdemand_print(const struct accessdemand *demand, struct buf *out);

/* The one whole name that can be compared with CN; NULL: none can. */
const char *accessdemand_name(const struct level *level);

/* Does a session that has what have asks for have what want asks for? */
bool accessdemand_covers(const struct accessdemand *have,
    const struct accessdemand *want);

/*
 * Raise demand to what other asks for too. Two names cannot both be met:
 * then a demand is left that nothing covers.
 */
void accessdemand_join(struct accessdemand *demand,
    const struct accessdemand *other);

#endif
