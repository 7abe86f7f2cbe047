/*
 * checkpoints: the signed heads of the log, as rows of the ledger.
 *
 * Threads: one owner per struct store. Source: LEDGER.md, "Proof".
 */
#ifndef HOPSEAL_LEDGER_CHECKPOINTS_H
#define HOPSEAL_LEDGER_CHECKPOINTS_H

#include "milter/ledger/checkpoint.h"
#include "milter/ledger/store.h"

/* Size of the last checkpoint, 0 when there is none. */
enum status checkpoints_last(const struct store *store, uint64_t *size,
    struct fault *fault) MUST_CHECK;

/*
 * Sign the tree and keep the checkpoint, in a statement of its own; one that
 * exists for this size is kept. now in ms. Fails: as store_status, CRYPTO.
 */
enum status checkpoints_add(const struct store *store,
    const struct merkle *merkle, struct sha256 *digest,
    const struct vkey *vkey, const struct notary_key *key, int64_t now,
    struct fault *fault) MUST_CHECK;

/*
 * The note of the first checkpoint of at least size leaves into out. Fails:
 * NOTFOUND.
 */
enum status checkpoints_find(const struct store *store, uint64_t size,
    struct buf *out, struct fault *fault) MUST_CHECK;

/*
 * Must a log with leaves have one by now (ms since 1970)? One is made every
 * minute in which there are records: so when the first record is older than
 * two minutes, or gone. Fails: as store_status.
 */
enum status checkpoints_are_due(const struct store *store, int64_t now,
    bool *out, struct fault *fault) MUST_CHECK;

/* What to say then. */
#define CHECKPOINTS_MISSING                                                  \
	"there is no checkpoint, though one is made every minute in which " \
	"there are records"

#endif
