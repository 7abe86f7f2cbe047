/*
 * custody: what the owner of a ledger does with it besides asking: prove,
 * export, copy, sign.
 *
 * Each function opens the ledger, does one thing and closes it; all but
 * custody_checkpoint and custody_prove only read, and none keeps the writer
 * from writing. Path is that of the ledger. custody.c signs and proves,
 * custodycopy.c exports and copies.
 *
 * Threads: no state. Source: LEDGER.md, "Proof".
 */
#ifndef HOPSEAL_LEDGER_CUSTODY_H
#define HOPSEAL_LEDGER_CUSTODY_H

#include <stdint.h>

#include "policy/base/buf.h"
#include "policy/base/status.h"

/* Called per canonical line, without LF. Returning false ends it. */
typedef bool custody_line(void *context, struct slice line);

/* Which record to prove, and who hears of each if several fit. */
struct custody_wanted {
	const char *queue_id;
	const char *domain; /* sender or recipient; NULL: any */
	int64_t seq;	    /* -1: any */
	custody_line *several;
	void *context;
};

/* The verifier key, appended. Fails: NOTFOUND (no ledger), ... */
enum status custody_vkey(const char *path, struct buf *out,
    struct fault *fault) MUST_CHECK;

/*
 * The last checkpoint of the ledger, made now if the log has grown since;
 * appended. now in ms. Fails: DENIED (the ledger or its key cannot be used
 * by this user), BUSY, ...
 */
enum status custody_checkpoint(const char *path, int64_t now,
    struct buf *out, struct fault *fault) MUST_CHECK;

/*
 * A bundle for the one record that is wanted, appended. Where no checkpoint
 * covers it yet, one is made. Fails: NOTFOUND, EXISTS (several fit: each is
 * told, newest first), DENIED, ...
 */
enum status custody_prove(const char *path,
    const struct custody_wanted *wanted, int64_t now, struct buf *out,
    struct fault *fault) MUST_CHECK;

/*
 * Every record of since <= time < until (ms), and every removal, in the
 * order of the log.
 */
enum status custody_export(const char *path, int64_t since, int64_t until,
    custody_line *line, void *context, struct fault *fault) MUST_CHECK;

/*
 * Copy the ledger, also while it is written, to a new file of mode 0640. The
 * key is not copied. Fails: EXISTS (there is such a file), DENIED, IO, ...
 */
enum status custody_backup(const char *path, const char *copy,
    struct fault *fault) MUST_CHECK;

#endif
