/*
 * checkpoint: the size and root of the log as a signed note.
 *
 * Its three lines are the log's name, the number of leaves and the root in
 * Base64. Pure but for the signature. Source: C2SP tlog-checkpoint.md.
 */
#ifndef HOPSEAL_LEDGER_CHECKPOINT_H
#define HOPSEAL_LEDGER_CHECKPOINT_H

#include "milter/ledger/merkle.h"
#include "milter/note/note.h"

struct checkpoint {
	char origin[NOTE_NAME_MAX + 1];
	uint64_t size;
	struct hash root;
};

/* Append the signed note. Fails: LIMIT, CRYPTO. */
enum status checkpoint_sign(const struct checkpoint *checkpoint,
    const struct vkey *vkey, const struct notary_key *key,
    struct buf *out) MUST_CHECK;

/*
 * Read a signed note; a signature by vkey must hold, others are passed over.
 * Fails: SYNTAX (no checkpoint), CRYPTO (no signature of vkey, or it does
 * not hold); the sentence says which.
 */
enum status checkpoint_open(struct slice note, const struct vkey *vkey,
    struct checkpoint *out, struct fault *fault) MUST_CHECK;

#endif
