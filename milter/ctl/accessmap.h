/*
 * accessmap: of which next hops the text of Sendmail's access map speaks, and
 * what it asks of them.
 *
 * Only the lines `TLS_Rcpt:KEY DEMAND` are kept. Sendmail looks for
 * `user@domain`, for `user@`, then for the domain, for its parents, and for
 * the empty key. makemap(8) leaves out what begins with a blank or has no
 * right-hand side, and of two lines with one key takes the first. Threads: one
 * owner. Source: Sendmail's cf/README, "STARTTLS"; makemap(8); FACTS.md.
 */
#ifndef HOPSEAL_CTL_ACCESSMAP_H
#define HOPSEAL_CTL_ACCESSMAP_H

#include "milter/ctl/accessdemand.h"
#include "milter/system/input.h"
#include "policy/nameset.h"

struct accessline {
	struct slice key; /* as written */
	struct accessdemand demand;
};

struct accessmap {
	struct buf text;
	struct nameset *keys; /* of domains; the value is a line's number */
	struct accessline *line;
	size_t count;
	const struct accessline *all; /* of the empty key; or NULL */
};

/* Read the text at path. Fails: as input_read_regular, NOMEM. */
enum status accessmap_read(const char *path, struct accessmap *out,
    struct fault *fault) MUST_CHECK;
void accessmap_clear(struct accessmap *map);

/*
 * The line that speaks of key, a domain or what is in brackets, and them;
 * NULL: none does.
 */
const struct accessline *accessmap_find(const struct accessmap *map,
    struct slice key);

#endif
