/*
 * postfixresults: what the lines of Postfix's maps have on their right.
 *
 * A map that postmap(1) can list is listed; of regexp:, pcre: and cidr: the
 * text is read, in a file or in the name itself; static: is its own. Others
 * (socketmap:, ldap: and the like) are passed over: nobody can tell.
 *
 *	pattern-line = ["!"] "/" pattern "/" [flags] blank result
 *	cidr-line    = network blank result
 *
 * Threads: one owner. Limits: POSTFIXRESULTS_MAX octets to a map. Source:
 * regexp_table(5), pcre_table(5), cidr_table(5); DATABASE_README.
 */
#ifndef HOPSEAL_CTL_POSTFIXRESULTS_H
#define HOPSEAL_CTL_POSTFIXRESULTS_H

#include "milter/ctl/postfixconf.h"
#include "policy/base/slice.h"

enum { POSTFIXRESULTS_MAX = 16 * 1024 * 1024 };

/* Is it such a result? Borrows, for the time of the call. */
typedef bool postfixresults_is(void *context, struct slice result);

/* Is there such a result in any map of a list, as a parameter has it? */
bool postfixresults_any(const struct postfixconf *conf, const char *maps,
    postfixresults_is *is, void *context);

/* The same of one map. */
bool postfixresults_has(const struct postfixconf *conf, struct slice map,
    postfixresults_is *is, void *context);

#endif
