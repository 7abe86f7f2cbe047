/*
 * fold: write a tag list that is folded at 78 columns.
 *
 * A tag goes on the line if it fits, else on the next one; a long value is
 * given in pieces and continues on lines of its own. Lines end in LF, as
 * libmilter wants them; the CRLF that they will be counts for the 78.
 *
 * Threads: one owner; lives in its caller's frame. Source: STAMP.md,
 * "Shape"; RFC 5322, 2.1.1.
 */
#ifndef HOPSEAL_STAMP_FOLD_H
#define HOPSEAL_STAMP_FOLD_H

#include "policy/base/buf.h"

enum { FOLD_COLUMNS = 76 };

struct fold {
	struct buf *out;
	size_t column; /* where the next octet goes, from 0 */
};

/* Begin at column, behind the field's name. Keeps out, borrowed. */
void fold_init(struct fold *fold, struct buf *out, size_t column);

/* A whole tag: `name=value;`. */
void fold_tag(struct fold *fold, const char *name, struct slice value);
void fold_number(struct fold *fold, const char *name, long long value);

/*
 * The first piece of a tag, its name and `=` included, and further ones:
 * they are joined without a space, or folded. The last one brings its `;`.
 */
void fold_begin(struct fold *fold, struct slice piece);
void fold_more(struct fold *fold, struct slice piece);

/* The next tag begins a line. */
void fold_break(struct fold *fold);

#endif
