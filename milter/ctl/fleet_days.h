/*
 * fleet_days: the part of hopseal fleet verify that is of a host's days.
 */
#ifndef HOPSEAL_CTL_FLEET_DAYS_H
#define HOPSEAL_CTL_FLEET_DAYS_H

#include "milter/fleet/hosts.h"

/*
 * Compare the host's daily counts with its records, which the log has proven.
 * Returns the exit code: 0 good, 1 they differ, 69 the centre cannot be used.
 * *is_whole: they were compared; not while records are on their way.
 */
int fleet_days_verify(const char *url, const struct host *host,
    bool *is_whole);

#endif
