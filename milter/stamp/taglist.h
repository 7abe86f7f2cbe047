/*
 * taglist: `v=1; a=ed25519-sha256; ...` as names and values.
 *
 * Plain value that borrows from the text it was read from. Threads: no
 * state. Limits: TAGLIST_MAX tags; a list of more is refused. Source:
 * RFC 6376, 3.2.
 */
#ifndef HOPSEAL_STAMP_TAGLIST_H
#define HOPSEAL_STAMP_TAGLIST_H

#include "policy/base/slice.h"
#include "policy/base/status.h"

enum { TAGLIST_MAX = 64 };

struct tag {
	struct slice name;
	struct slice value; /* trimmed; white space within stands */
	struct slice raw;   /* all that stands between `=` and `;` */
};

struct taglist {
	size_t count;
	struct tag tags[TAGLIST_MAX];
};

/*
 * Read text, the value of a field: lines are folded with CRLF or LF. Borrows
 * text. Fails: SYNTAX (the grammar, or a tag twice), LIMIT.
 */
enum status taglist_read(struct slice text, struct taglist *out) MUST_CHECK;

/* The tag of that name, with regard to case; NULL when there is none. */
const struct tag *taglist_find(const struct taglist *list, const char *name);

#endif
