/*
 * accessmap: of which next hops Sendmail's access map speaks, and what it asks
 * of them: by its text, or by what makemap -u lists of the database.
 *
 * Only the lines `TLS_Rcpt:KEY DEMAND` are kept. Sendmail looks for
 * `user@domain`, for `user@`, then for the domain, for its parents, and for
 * the empty key. makemap(8) leaves out what begins with a blank or has no
 * right-hand side, of two lines with one key takes the first, and writes keys
 * in lower case. Threads: one owner. Source: Sendmail's cf/README,
 * "STARTTLS"; makemap(8); FACTS.md.
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

/* The same of a text that is there. Takes what text holds. Fails: NOMEM. */
enum status accessmap_take(struct buf *text, struct accessmap *out,
    struct fault *fault) MUST_CHECK;

/*
 * The line that speaks of key, a domain or what is in brackets, and them;
 * NULL: none does.
 */
const struct accessline *accessmap_find(const struct accessmap *map,
    struct slice key);

/*
 * Do two maps say different things of some key? Then *key is the first, in
 * alphabetical order of one of them.
 */
bool accessmap_differ(const struct accessmap *a, const struct accessmap *b,
    struct slice *key);

#endif
