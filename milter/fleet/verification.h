/*
 * verification: does the centre still say what a host's ledger said?
 *
 * Computes the log of one host from the rows of the centre, and compares it
 * with every checkpoint that the host signed.
 *
 * Threads: no state; two connections. Source: LEDGER.md, "Proof".
 */
#ifndef HOPSEAL_FLEET_VERIFICATION_H
#define HOPSEAL_FLEET_VERIFICATION_H

#include "milter/fleet/hosts.h"

struct verification_result {
	uint64_t records; /* computed anew */
	uint64_t hashes;  /* leaves of which only the hash is known */
	uint64_t checkpoints;
	uint64_t signed_leaves; /* that the last one covers */
	bool good;
	char finding[FAULT_MAX]; /* the first thing that does not fit */
};

/*
 * key is the verifier key; NULL: the one that the centre has. Fails when it
 * could not be made; what does not fit is no failure.
 */
enum status verification_run(const char *url, const struct host *host,
    const char *key, struct verification_result *out,
    struct fault *fault) MUST_CHECK;

#endif
