/*
 * stampread: from the tags of a Delivered-Securely field to a struct stamp.
 *
 * Each tag has one reader, which says whether its value is good. The kind of
 * stamp, v= and a=, is looked at before any other tag; what tags ask of each
 * other comes last.
 *
 * Threads: no state. Limits: those of grammar.h for values, taglist.h for
 * their number. Source: STAMP.md, "Shape".
 */
#ifndef HOPSEAL_STAMP_STAMPREAD_H
#define HOPSEAL_STAMP_STAMPREAD_H

#include "milter/stamp/stamp.h"

/* Why a field is no stamp that could be checked. */
enum stamp_flaw {
	STAMP_FLAW_NONE,
	STAMP_FLAW_SYNTAX,
	STAMP_FLAW_VERSION,  /* v= is not 1 */
	STAMP_FLAW_ALGORITHM /* a= is unknown */
};

/*
 * Read all that is in the tags; unknown ones are ignored. On a flaw, *out
 * is not to be used and *tag names the tag that has it. Borrows: the slices
 * of *out lie in the text of the tags.
 */
enum stamp_flaw stamp_read(const struct taglist *tags, struct stamp *out,
    const char **tag);

#endif
