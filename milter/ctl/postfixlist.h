/*
 * postfixlist: what stands in the values of Postfix's parameters.
 *
 * Slices borrow from the value. Threads: no state. Source: postconf(5),
 * smtpd_milters, smtpd_tls_protocols; MILTER_README; DATABASE_README.
 */
#ifndef HOPSEAL_CTL_POSTFIXLIST_H
#define HOPSEAL_CTL_POSTFIXLIST_H

#include <stdbool.h>

#include "policy/base/slice.h"

/*
 * Take the next element, which ends at a comma or blank; one in braces is
 * given without them. at is NULL behind the last.
 */
struct slice postfixlist_next(struct slice *rest);

/* Does the list have the word, in whatever case? */
bool postfixlist_has(const char *list, const char *word);

/* One of smtpd_milters: `unix:PATH`, or `{ unix:PATH, NAME=VALUE }`. */
struct postfix_milter {
	struct slice socket;	     /* unix:PATH, inet:HOST:PORT */
	struct slice default_action; /* at is NULL: none of its own */
};

struct postfix_milter postfixlist_milter(struct slice element);

/* Do these protocols allow TLS 1.0 or 1.1 (or less)? */
bool postfixlist_allows_old_tls(const char *protocols);

/* `socketmap:unix:PATH:NAME` in a list of maps: `unix:PATH`, else NULL. */
struct slice postfixlist_socketmap(struct slice map, const char *name);

#endif
