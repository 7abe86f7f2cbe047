/*
 * replay: a log computed anew from leaves that came from elsewhere.
 *
 * Fed with every leaf in order, it compares the tree with the signed
 * checkpoints on the way. What an intruder who holds the key can forge is
 * only found with a checkpoint that was kept elsewhere.
 *
 * Threads: one owner. Source: LEDGER.md, "Proof"; RFC 6962, 2.1.
 */
#ifndef HOPSEAL_LEDGER_REPLAY_H
#define HOPSEAL_LEDGER_REPLAY_H

#include <stdint.h>

#include "milter/ledger/textline.h"
#include "policy/base/status.h"

struct replay;

/* vkey is the verifier key. Gives *out. Fails: SYNTAX (the key), NOMEM. */
enum status replay_new(struct slice vkey, struct replay **out,
    struct fault *fault) MUST_CHECK;
void replay_free(struct replay **replay);

/* Leaves so far. */
uint64_t replay_size(const struct replay *replay);

/*
 * The next leaf: a record, as texts as textline.h has them. Fails:
 * CRYPTO (it is another leaf's turn), NOMEM.
 */
enum status replay_record(struct replay *replay,
    const char *const cells[TEXTLINE_CELLS], struct fault *fault) MUST_CHECK;

/*
 * The next leaf, by its hash in hex; line, if not NULL, is what it is the
 * hash of. Fails: CRYPTO (out of turn, or line has another hash), SYNTAX.
 */
enum status replay_hash(struct replay *replay, uint64_t seq,
    const char *hash, const char *line, struct fault *fault) MUST_CHECK;

/*
 * Does the note fit the leaves so far? Fails: CRYPTO (no good signature, of
 * another size, or another root), SYNTAX.
 */
enum status replay_checkpoint(struct replay *replay, struct slice note,
    struct fault *fault) MUST_CHECK;

#endif
