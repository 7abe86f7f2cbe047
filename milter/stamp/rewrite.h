/*
 * rewrite: will Sendmail change an address field after the filter?
 *
 * Sendmail parses From, Sender, Reply-To, To and Cc again and writes them in
 * a form of its own. A stamp over anything that is not in that form would
 * not verify. So only what is known to come out as it went in is left alone
 * here; whatever is in doubt is said to be rewritten.
 *
 * Threads: no state. Source: STAMP.md, "Rulings"; Sendmail's crackaddr().
 */
#ifndef HOPSEAL_STAMP_REWRITE_H
#define HOPSEAL_STAMP_REWRITE_H

#include "policy/base/slice.h"

/* value: the field's value in relaxed canonical form. */
bool rewrite_changes(struct slice value);

#endif
