/*
 * accessmap: of which next hops the text of Sendmail's access map speaks.
 *
 * Only the lines `TLS_Rcpt:KEY` are kept, and of them only the key: what a
 * line asks for is its author's affair. Sendmail looks for a domain, then for
 * its parents, then for the empty key. Threads: one owner. Source: Sendmail's
 * cf/README, "STARTTLS"; FACTS.md.
 */
#ifndef HOPSEAL_CTL_ACCESSMAP_H
#define HOPSEAL_CTL_ACCESSMAP_H

#include "milter/system/input.h"
#include "policy/nameset.h"

struct accessmap {
	struct nameset *keys;
	bool has_default; /* the empty key, for all that no other speaks of */
};

/* Read the text at path. Fails: as input_read_regular, NOMEM. */
enum status accessmap_read(const char *path, struct accessmap *out,
    struct fault *fault) MUST_CHECK;
void accessmap_clear(struct accessmap *map);

/* Does some line speak of key: a domain, or what is in brackets, and them? */
bool accessmap_speaks(const struct accessmap *map, struct slice key);

#endif
