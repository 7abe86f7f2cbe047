/*
 * privileges: become the user that the configuration names, for good.
 *
 * Threads: call before there are others. Source: setuid(7); OpenSMTPD's
 * start order.
 */
#ifndef HOPSEAL_SYSTEM_PRIVILEGES_H
#define HOPSEAL_SYSTEM_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "policy/base/attributes.h"
#include "policy/base/status.h"

struct account {
	uid_t user;
	gid_t group;
};

/* Fails: NOTFOUND, with the command that creates the user; IO. */
enum status account_find(const char *user, struct account *out,
    struct fault *fault) MUST_CHECK;

/* Fails: NOTFOUND; IO. */
enum status group_find(const char *name, gid_t *out,
    struct fault *fault) MUST_CHECK;

/* Are we root, so that there is something to drop? */
bool privileges_are_root(void);

/*
 * Take on user and its groups, plus the extra group (socket-group; (gid_t)-1
 * for none), drop everything else, and check that it cannot be had
 * back. Fails: DENIED.
 */
enum status privileges_drop(const char *user, const struct account *account,
    gid_t extra, struct fault *fault) MUST_CHECK;

/*
 * Find the account and drop to it, without an extra group; nothing when we
 * are not root. Fails: as these.
 */
enum status privileges_become(const char *user,
    struct fault *fault) MUST_CHECK;

/* No core dumps (they would hold the key), no new privileges. */
void privileges_harden(void);

enum { PRIVILEGES_LOCK_ROOM = 64 * 1024 * 1024 }; /* octets */

/*
 * No page of this process, now or later, goes to the swap space. Returns
 * false when the limit (LimitMEMLOCK=, ulimit -l) leaves less room than
 * PRIVILEGES_LOCK_ROOM: one that is met later would refuse memory. Call
 * after privileges_drop, since root has no limit.
 */
bool privileges_lock_memory(void);

#endif
