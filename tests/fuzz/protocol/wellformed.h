/*
 * wellformed: does the daemon still do its work, among strangers?
 *
 * Threads: no state, may be called from several at once. Source: POLICY.md.
 */
#ifndef HOPSEAL_FUZZ_WELLFORMED_H
#define HOPSEAL_FUZZ_WELLFORMED_H

/*
 * A message in clear to bank.example is refused, one under TLS is accepted
 * and stamped, and the next hop of bank.example is answered. Returns NULL,
 * or what went wrong. nexthop may be NULL.
 */
const char *wellformed_check(const char *milter, const char *nexthop);

#endif
