/*
 * policytext: what stands in one version of the fleet's policy, and what
 * another one has in its place.
 *
 * Entries are lines of the table (a domain and its class) and whole sections
 * (`class "partner"` and what its braces hold, without comments and with
 * single blanks), compared by name, whatever their order in the text.
 *
 * Threads: one owner. Limits: those of a policy.
 */
#ifndef HOPSEAL_CTL_POLICYTEXT_H
#define HOPSEAL_CTL_POLICYTEXT_H

#include <stdio.h>

#include "policy/base/buf.h"

struct policytext;

/* Gives *out, of a text that fleetpolicy_check has found good. Fails: NOMEM. */
enum status policytext_read(struct slice text,
    struct policytext **out) MUST_CHECK;
void policytext_free(struct policytext **text);

/* Borrows from the text. */
struct policytext_entry {
	struct slice kind; /* domain: a line of the table; class, ... */
	struct slice name; /* without quotes */
	struct slice value;
};

/* Entry i, in the order of their names; false behind the last. */
bool policytext_at(const struct policytext *text, size_t i,
    struct policytext_entry *out) MUST_CHECK;

struct policytext_changes {
	size_t added, removed, changed;
};

/*
 * What leads from old to new: counted, and written to out, if it is not NULL,
 * as lines that begin with +, - or ~.
 */
struct policytext_changes policytext_compare(const struct policytext *old,
    const struct policytext *new, FILE *out);

#endif
