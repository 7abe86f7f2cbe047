/*
 * confine: give up for good what the daemon never does.
 *
 * After confine() no thread of this process, nor a child, can run a program,
 * trace another process, mount, load code into the kernel, or make a socket
 * other than a unix one (and TCP, if the filter listens there): they fail
 * with EPERM. Needs no privilege, and cannot be undone.
 *
 * Threads: holds for all of the process. Where the kernel has no seccomp
 * filters nothing is given up. Source: seccomp(2); prctl(2).
 */
#ifndef HOPSEAL_SYSTEM_CONFINE_H
#define HOPSEAL_SYSTEM_CONFINE_H

#include <stdbool.h>

/*
 * with_tcp: sockets of IPv4 and IPv6 stay allowed. Returns false when the
 * kernel does not take the filter. privileges_harden comes first, since the
 * kernel wants no_new_privs.
 */
bool confine(bool with_tcp);

/*
 * For a process that computes: it may use its memory (none that can be run)
 * and read, send and receive on descriptors that it has. Any other system
 * call ends it at once. Returns false as confine() does.
 */
bool confine_to_computing(void);

#endif
