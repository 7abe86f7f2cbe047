/*
 * auditheads: does the tree, as far as it has grown, have the roots that were
 * stored and signed?
 *
 * A part of audit: see auditstate.h.
 */
#ifndef HOPSEAL_LEDGER_AUDITHEADS_H
#define HOPSEAL_LEDGER_AUDITHEADS_H

#include "milter/ledger/auditstate.h"

/* Checkpoints of the size that the tree has now. Fails: as the store. */
enum status auditheads_check(struct audit *audit) MUST_CHECK;

/*
 * A merkle_closed, told of every subtree that is full; context is the audit. A
 * stored root must be the one that its leaves have. Returns STATUS_OK.
 */
enum status auditheads_check_node(void *context, unsigned height,
    uint64_t index, const struct hash *hash);

#endif
