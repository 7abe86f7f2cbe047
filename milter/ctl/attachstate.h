/*
 * attachstate: what files were before they were changed, so that they can be
 * given back byte for byte.
 *
 * One folder for each attached MTA, `STATE/postfix` or `STATE/sendmail`, and
 * in it, for file number N of that MTA:
 *
 *	N.path		where it belongs
 *	N.before	as it was, with owner, mode and time
 *	N.after		as it was left behind
 *	folders		folders that were made, one a line
 *	values		parameters that were set: NAME, old value or `-`
 *
 * What is given back is written by root: so nobody else may write there. It
 * does not lie below the daemon's own folder for that reason.
 *
 * Threads: one owner. Limits: ATTACHSTATE_FILES files of FILE_TEXT_MAX octets.
 */
#ifndef HOPSEAL_CTL_ATTACHSTATE_H
#define HOPSEAL_CTL_ATTACHSTATE_H

#include <stdbool.h>

#include "milter/ctl/attachplan.h"

#define ATTACHSTATE_DEFAULT "/etc/hopseal/attach"

enum { ATTACHSTATE_FILES = 4, ATTACHSTATE_PATH = 1024 };

/* The folder of one MTA, as text. */
struct attachstate {
	char folder[ATTACHSTATE_PATH];
};

/* Where state of the MTA of that name is kept. Fails: LIMIT. */
enum status attachstate_at(const char *top, const char *mta,
    struct attachstate *out, struct fault *fault) MUST_CHECK;

/* Is that MTA attached, or half so? */
bool attachstate_exists(const struct attachstate *state);

/*
 * Is the folder, and the one above it, this user's alone to write to, and can
 * nobody rename those above? Fails: DENIED.
 */
enum status attachstate_check(const struct attachstate *state,
    struct fault *fault) MUST_CHECK;

/*
 * Keep file number n as it is now; one that is kept already stays so. Fails:
 * IO, NOTFOUND, LIMIT, EXISTS (number n is another file, or somebody else
 * changed it since: what is kept would not do).
 */
enum status attachstate_keep(const struct attachstate *state, unsigned n,
    const char *file, struct fault *fault) MUST_CHECK;

/* Note how the file was left. Fails: IO. */
enum status attachstate_seal(const struct attachstate *state, unsigned n,
    struct fault *fault) MUST_CHECK;

/* Add a line to `folders` or `values`. Fails: IO. */
enum status attachstate_note(const struct attachstate *state,
    const char *list, const char *line, struct fault *fault) MUST_CHECK;

/* Append the lines of a list to out; nothing when there is none. */
void attachstate_list(const struct attachstate *state, const char *list,
    struct buf *out);

/*
 * Where file number n belongs, in path. Fails: NOTFOUND (no such number).
 */
enum status attachstate_file(const struct attachstate *state, unsigned n,
    char path[ATTACHSTATE_PATH]) MUST_CHECK;

/*
 * Give the file back. Fails: EXISTS (it was changed since: nothing is done),
 * IO.
 */
enum status attachstate_restore(const struct attachstate *state, unsigned n,
    struct fault *fault) MUST_CHECK;

/* Forget all: the copies and the folder. Fails: IO. */
enum status attachstate_forget(const struct attachstate *state,
    struct fault *fault) MUST_CHECK;

#endif
