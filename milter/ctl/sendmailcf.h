/*
 * sendmailcf: what stands in sendmail.cf, as far as a filter cares.
 *
 *	O Name=value			an option; the last one counts
 *	Xname, S=socket, F=T, T=...	a filter and its equates
 *	Dxvalue, Kname class args	a macro, a map
 *
 * A line that begins with a blank continues the one before. All slices borrow
 * from the text of the file. Threads: no state. Source: Sendmail Installation
 * and Operation Guide, 5.6 (O), 5.13 (X).
 */
#ifndef HOPSEAL_CTL_SENDMAILCF_H
#define HOPSEAL_CTL_SENDMAILCF_H

#include "policy/base/slice.h"

/* The value of option name; at is NULL when it is not set. */
struct slice sendmailcf_option(struct slice cf, const char *name);

/* What follows `Xname,`; at is NULL when there is no such filter. */
struct slice sendmailcf_filter(struct slice cf, struct slice name);

/* What follows letter at the start of a line: `Dj`, `Kaccess `; or NULL. */
struct slice sendmailcf_line(struct slice cf, const char *beginning);

/*
 * The value of an equate such as `S` in `S=local:/x, F=T`; at is NULL when
 * it is not there.
 */
struct slice sendmailcf_equate(struct slice equates, const char *name);

/* Take the next line, with its continuations, from *rest; at NULL: none. */
struct slice sendmailcf_next(struct slice *rest);

/* The value if line is `O name=value`; else at is NULL. */
struct slice sendmailcf_value(struct slice line, const char *name);

#endif
