/*
 * poll: the job that looks for a new version of the fleet's policy.
 *
 * A version that the centre has is fetched whole, its signature and every
 * line of it checked, and only then does it take the place of the snapshot
 * file, at once and entirely; then the daemon reloads. Whatever is wrong on
 * the way leaves snapshot and daemon as they are.
 *
 * Threads: a process of its own. Limits: one question per policy-poll, less a
 * tenth at random. Source: hopseald(8), "FLEET".
 */
#ifndef HOPSEAL_FLEET_POLL_H
#define HOPSEAL_FLEET_POLL_H

#include "milter/fleet/job.h"

bool poll_is_wanted(const struct config *config);

job_run poll_run;

/*
 * Fetch the latest version into the snapshot, in a process of its own that
 * becomes the daemon's user: a host's first start. What was wrong goes to
 * log. Fails: IO, BUSY (the centre gave none).
 */
enum status poll_first(const struct config *config, struct log *log,
    struct fault *fault) MUST_CHECK;

#endif
