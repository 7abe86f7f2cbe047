/*
 * fleet_sums: the sums over all hosts, for hopseal fleet.
 *
 * Each prints what it found and returns the exit code: 0 good, 1 something
 * does not fit, 69 the centre cannot be used.
 */
#ifndef HOPSEAL_CTL_FLEET_SUMS_H
#define HOPSEAL_CTL_FLEET_SUMS_H

/* Are they what the hosts' summaries add up to? */
int fleet_sums_verify(const char *url);

/* Make them anew from the summaries. */
int fleet_sums_make(const char *url);

#endif
