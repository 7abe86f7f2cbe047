/*
 * address: mailbox addresses, as far as policy needs them.
 *
 * Two grammars: the path that stands in MAIL FROM and RCPT TO (RFC 5321,
 * 4.1.2), and the mailbox-list of a From field (RFC 5322, 3.4). Both are
 * read generously, since MTAs deliver what is not quite right (POLICY.md,
 * "Rulings"): a parser that gives up would let mail pass unjudged. address.c
 * reads paths, addresslist.c lists.
 *
 * Threads: no state. Limits: none on input; nothing is allocated.
 */
#ifndef HOPSEAL_POLICY_ADDRESS_H
#define HOPSEAL_POLICY_ADDRESS_H

#include "policy/base/slice.h"
#include "policy/domain.h"

enum {
	ADDRESS_MAX = 1024,
	ADDRESS_LABELS = 32, /* Sendmail 8.17 gives up at 49 */
	ADDRESS_DETOURS = 8  /* two of each reading */
};

/*
 * The mailbox inside a path: without angle brackets, source route
 * (`@a,@b:`) and what follows the closing bracket. Borrows path. Empty for
 * the null path.
 */
struct slice address_of_path(struct slice path);

/*
 * The domain of an address without brackets: what follows the last `@`
 * that is not quoted. DOMAIN_NONE for the empty address, DOMAIN_OTHER when
 * there is no `@`.
 */
void address_domain(struct slice address, struct domain *out);

/* What stands before that `@`; all of it when there is none. */
struct slice address_local(struct slice address);

/* Is what stands behind it ASCII? */
bool address_has_ascii_domain(struct slice address);

/*
 * Is what stands behind the first `@` or `%` without quotes and backslashes,
 * and has it at most ADDRESS_LABELS labels? Of another one Sendmail makes a
 * domain that its access map has not, or gives up the search in it.
 */
bool address_has_simple_domain(struct slice address);

/*
 * The domain that an MTA makes of an address in which no `@` stands: what
 * follows the last `%`, or precedes the first `!` (`boss%bank.example`,
 * `bank.example!boss`). i counts from 0 to ADDRESS_DETOURS - 1; returns false
 * when number i is none.
 */
bool address_detour(struct slice address, size_t i, struct domain *out);

/*
 * A local part without its quotes and backslashes, which are no part of the
 * mailbox (RFC 5321, 4.1.2), in out, which has room for local.len octets and
 * may be where local is.
 */
struct slice address_unquoted(struct slice local, char *out);

/*
 * The next address of a From field's value, comments and folding white
 * space taken out, and dots put between the words of a local part, in out
 * (NUL-terminated, cut at ADDRESS_MAX octets by dropping from the middle, so
 * that a domain at either end stays). Begin with *rest = the value. Returns false when
 * there is no more.
 *
 * With is_open quotes, parentheses and backslashes hide nothing: they are
 * blanks. Outside of quotes readers do not agree on what a backslash in front
 * of them does.
 */
bool address_list_next(struct slice *rest, bool is_open,
    char out[ADDRESS_MAX + 1]);

/* Do readers of such a value not agree on what quotes and comments hide? */
bool address_list_is_doubtful(struct slice value);

#endif
