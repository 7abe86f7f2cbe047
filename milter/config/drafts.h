/*
 * drafts: the class, policy and client sections of a document, in order.
 *
 * drafts_read() reads each of them and sorts them, so that those of one kind
 * stand together, those of one title beside each other, and one is found
 * without a walk. rules.c makes rules of them.
 *
 * Threads: one owner. Memory: the array alone; texts lie in the document's
 * arena. Source: POLICY.md, "What a rule says".
 */
#ifndef HOPSEAL_CONFIG_DRAFTS_H
#define HOPSEAL_CONFIG_DRAFTS_H

#include "milter/config/draft.h"

struct drafts {
	struct draft *at; /* sorted by kind, then key, then place */
	size_t count;
	size_t first[DRAFT_BAD + 2]; /* first[k] to first[k + 1]: kind k */
};

/*
 * Read the sections of document, report what is wrong in them. Borrows
 * document for as long as drafts are used. Clear it with drafts_clear, also
 * when this fails. Fails: NOMEM.
 */
enum status drafts_read(struct drafts *drafts,
    const struct document *document, struct findings *findings) MUST_CHECK;

/* Of drafts that were read, or are all zero. */
void drafts_clear(struct drafts *drafts);

/* Does number i repeat the title of the one before? Then report it. */
bool drafts_is_repeated(const struct drafts *drafts, size_t i,
    struct findings *findings);

/* One of this kind and key, which may hold any octets; or NULL. */
const struct draft *drafts_find(const struct drafts *drafts,
    enum draft_kind kind, struct slice key);

#endif
