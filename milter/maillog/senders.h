/*
 * senders: whose message a queue id is.
 *
 * A table of fixed size: a later message takes the place of an earlier one.
 * Threads: one owner. Limits: SENDERS_MAX.
 */
#ifndef HOPSEAL_MAILLOG_SENDERS_H
#define HOPSEAL_MAILLOG_SENDERS_H

#include <stdint.h>

#include "policy/base/attributes.h"
#include "policy/base/status.h"
#include "policy/domain.h"

/* tests/fuzz/campaign defines it small, so that places are taken soon. */
#ifndef SENDERS_MAX
#define SENDERS_MAX 16384
#endif

struct senders;

enum status senders_new(struct senders **out) MUST_CHECK;
void senders_free(struct senders **senders);

/* message: a hash of host and queue id. domain: of the sender. */
void senders_put(struct senders *senders, uint64_t message,
    const struct domain *domain);

/* Returns false, *out untouched, when it is not known. */
bool senders_find(const struct senders *senders, uint64_t message,
    struct domain *out);

#endif
