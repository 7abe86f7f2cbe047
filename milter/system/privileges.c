#define _GNU_SOURCE /* setresuid, setresgid, initgroups */
#include "milter/system/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LOOKUP_MAX = 16 * 1024, GROUPS_MAX = 256 };

enum status
account_find(const char *user, struct account *out, struct fault *fault)
{
	char storage[LOOKUP_MAX];
	struct passwd entry, *found = NULL;
	int error = getpwnam_r(user, &entry, storage, sizeof(storage), &found);

	if (error != 0)
		return fault_errno(fault, STATUS_IO, error, "user %s", user);
	if (found == NULL)
		return fault_set(fault, STATUS_NOTFOUND,
		    "there is no user %s; create it with: adduser --system "
		    "--group --no-create-home %s", user, user);
	out->user = entry.pw_uid;
	out->group = entry.pw_gid;
	return STATUS_OK;
}

enum status
group_find(const char *name, gid_t *out, struct fault *fault)
{
	char storage[LOOKUP_MAX];
	struct group entry, *found = NULL;
	int error = getgrnam_r(name, &entry, storage, sizeof(storage), &found);

	if (error != 0)
		return fault_errno(fault, STATUS_IO, error, "group %s", name);
	if (found == NULL)
		return fault_set(fault, STATUS_NOTFOUND,
		    "there is no group %s; name the group that the MTA runs "
		    "as, or \"none\"", name);
	*out = entry.gr_gid;
	return STATUS_OK;
}

bool
privileges_are_root(void)
{
	return geteuid() == 0;
}

static bool
take_groups(const char *user, gid_t group, gid_t extra)
{
	gid_t groups[GROUPS_MAX];
	int count;

	if (initgroups(user, group) != 0)
		return false;
	if (extra == (gid_t)-1)
		return true;
	count = getgroups(GROUPS_MAX - 1, groups);
	if (count < 0)
		return false;
	groups[count] = extra;
	return setgroups((size_t)count + 1, groups) == 0;
}

enum status
privileges_drop(const char *user, const struct account *account, gid_t extra,
    struct fault *fault)
{
	gid_t group = account->group;
	uid_t uid = account->user;

	if (uid == 0)
		return fault_set(fault, STATUS_DENIED,
		    "user %s is root; name an unprivileged user in `user`",
		    user);
	if (!take_groups(user, group, extra) ||
	    setresgid(group, group, group) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		return fault_errno(fault, STATUS_DENIED, errno,
		    "cannot become user %s", user);
	if (setuid(0) == 0 || geteuid() != uid || getegid() != group)
		return fault_set(fault, STATUS_DENIED,
		    "root's privileges could be had back after becoming %s",
		    user);
	return STATUS_OK;
}

enum status
privileges_become(const char *user, struct fault *fault)
{
	struct account account;
	enum status status = STATUS_OK;

	if (!privileges_are_root())
		return STATUS_OK;
	status = account_find(user, &account, fault);
	if (status == STATUS_OK)
		status = privileges_drop(user, &account, (gid_t)-1, fault);
	return status;
}

void
privileges_harden(void)
{
	struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

bool
privileges_lock_memory(void)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	/* Root may raise the limit, others up to the hard one. */
	if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0 &&
	    getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_MEMLOCK, &limit);
	}
	/* A page is locked when it is touched first: the rest costs none. */
	return limit.rlim_cur >= PRIVILEGES_LOCK_ROOM &&
	    mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}
