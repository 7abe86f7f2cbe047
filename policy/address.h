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

enum { ADDRESS_MAX = 1024 };

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
 * A local part without its quotes and backslashes, which are no part of the
 * mailbox (RFC 5321, 4.1.2), in out, which has room for local.len octets and
 * may be where local is.
 */
struct slice address_unquoted(struct slice local, char *out);

/*
 * The next address of a From field's value, comments and folding white
 * space taken out, in out (NUL-terminated, cut at ADDRESS_MAX octets by
 * dropping from the front, so that the domain stays). Begin with *rest = the
 * value. Returns false when there is no more.
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
