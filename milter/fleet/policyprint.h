/*
 * policyprint: a number that is the same where the rules are.
 *
 * 64 bits of SHA-256 over every rule of a domain, in any order, and the rule
 * `*`: two hosts of a fleet that show different ones do not judge alike.
 * Rules of clients speak of a host's own network, and are left out.
 *
 * Threads: no state.
 */
#ifndef HOPSEAL_FLEET_POLICYPRINT_H
#define HOPSEAL_FLEET_POLICYPRINT_H

#include "milter/config/config.h"

/* 0 when there is no memory for it. */
uint64_t policyprint(const struct config *config);

#endif
