/*
 * edit: changes to a message that the filter asks the MTA for.
 *
 * A list in the order in which they are applied. Its items and texts lie in
 * the transaction's arena. Threads: one owner.
 */
#ifndef HOPSEAL_SESSION_EDIT_H
#define HOPSEAL_SESSION_EDIT_H

#include <stdint.h>

#include "policy/base/arena.h"

enum edit_kind {
	EDIT_DELETE_FIELD, /* name, occurrence */
	EDIT_CHANGE_FIELD, /* name, occurrence, value */
	EDIT_INSERT_FIELD, /* name, value: below the MTA's own Received */
	EDIT_DELETE_RCPT,  /* value: the path as it was given */
	EDIT_ADD_RCPT	   /* value: a path */
};

struct edit {
	struct edit *next;
	enum edit_kind kind;
	const char *name;
	uint32_t occurrence; /* among fields of that name, from 1 */
	const char *value;
};

/*
 * Postfix looks for each field from the top: 10,000 deletions cost it some
 * seconds, and more would be a way to keep it from its work.
 */
enum { EDITS_PUSHED_MAX = 10000 };

struct edits {
	struct edit *first;
	struct edit *last;
	size_t count;
};

void edits_reset(struct edits *edits);

/* Append a copy of edit (its texts are borrowed). Fails: NOMEM. */
enum status edits_add(struct edits *edits, struct arena *arena,
    const struct edit *edit) MUST_CHECK;

/*
 * The same at the front: fields are deleted from the last to the first, so
 * that their numbers stay true (FACTS.md). Fails: NOMEM; LIMIT when there
 * are EDITS_PUSHED_MAX.
 */
enum status edits_push(struct edits *edits, struct arena *arena,
    const struct edit *edit) MUST_CHECK;

/* Append copies of all of from. Fails: NOMEM. */
enum status edits_append(struct edits *edits, struct arena *arena,
    const struct edits *from) MUST_CHECK;

#endif
