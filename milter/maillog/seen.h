/*
 * seen: which deliveries the ledger holds already.
 *
 * The ledger itself is asked, so that a crash between a commit and the note
 * of the position, or a log that is imported twice, makes no second record.
 *
 * Threads: one owner. Limits: as given, 16 to 32 octets each.
 */
#ifndef HOPSEAL_MAILLOG_SEEN_H
#define HOPSEAL_MAILLOG_SEEN_H

#include <stdint.h>

#include "policy/base/attributes.h"
#include "policy/base/slice.h"
#include "policy/base/status.h"

struct seen;

/*
 * ledger: its path; NULL: no ledger is asked. max: how many are remembered;
 * then all are forgotten and the next is the first.
 */
enum status seen_new(const char *ledger, size_t max,
    struct seen **out) MUST_CHECK;
void seen_free(struct seen **seen);

/* A delivery by what tells it from others. */
uint64_t seen_key(int64_t time, struct slice event, struct slice recipient,
    struct slice queue_id);

/*
 * Make sure that deliveries of time (ms) and later are known. Reads the
 * ledger when time lies before what was covered so far, with a day to spare.
 * Fails: as custody_export.
 */
enum status seen_cover(struct seen *seen, int64_t time,
    struct fault *fault) MUST_CHECK;

/* Forget all; the next seen_cover asks the ledger anew. */
void seen_forget(struct seen *seen);

/* Returns false when key was known; else it is from now on. */
bool seen_add(struct seen *seen, uint64_t key);

#endif
