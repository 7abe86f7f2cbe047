/*
 * title: of whom a class, policy or client section speaks.
 *
 * Threads: one owner. Memory: the document's arena. Source: POLICY.md, "What
 * a rule says" and "Rulings".
 */
#ifndef HOPSEAL_CONFIG_TITLE_H
#define HOPSEAL_CONFIG_TITLE_H

#include "milter/config/draft.h"
#include "milter/config/reader.h"

/*
 * Set kind, key, domain, scope and net of the draft from the block's title,
 * and from the keys that belong to it. A bad title is a finding.
 */
void title_read(struct reader *reader, struct draft *out);

#endif
