#include "milter/ctl/reach.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/system/privileges.h"

/* The child's exit code is the errno of what failed. */
typedef int attempt(const struct reach *reach);

/* Groups first: /etc/group may not be there behind the new root. */
static int
become(const struct passwd *user, const char *root)
{
	if (!privileges_are_root())
		return 0;
	if (initgroups(user->pw_name, user->pw_gid) != 0 ||
	    setgid(user->pw_gid) != 0)
		return errno;
	if (root != NULL && (chroot(root) != 0 || chdir("/") != 0))
		return errno;
	return setuid(user->pw_uid) == 0 ? 0 : errno;
}

static int
attempt_socket(const struct reach *reach)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(reach->path);
	int fd;

	if (len >= sizeof(address.sun_path))
		return ENAMETOOLONG;
	memcpy(address.sun_path, reach->path, len + 1);
	if (reach->folder != NULL && reach->path[0] != '/' &&
	    chdir(reach->folder) != 0)
		return errno;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return errno;
	return close(fd) == 0 ? 0 : errno;
}

static int
attempt_read(const struct reach *reach)
{
	return access(reach->path, R_OK) == 0 ? 0 : errno;
}

/* In a folder, to write is to make files. */
static int
attempt_write(const struct reach *reach)
{
	struct stat info;
	int mode = W_OK;

	if (stat(reach->path, &info) != 0)
		return errno;
	if (S_ISDIR(info.st_mode))
		mode |= X_OK;
	return access(reach->path, mode) == 0 ? 0 : errno;
}

/* Returns the errno of the attempt, or -1 if there was none. */
static int
try_as(const struct passwd *user, const struct reach *reach, attempt *step)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		return -1;
	if (child == 0) {
		int error = become(user, reach->root);

		(void)alarm(REACH_SECONDS);
		_exit(error != 0 ? error : step(reach));
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (WIFSIGNALED(status))
		return ETIMEDOUT;
	return WEXITSTATUS(status);
}

static enum status
status_of(int error)
{
	switch (error) {
	case 0:
		return STATUS_OK;
	case ENOENT:
	case ENOTDIR:
		return STATUS_NOTFOUND;
	case EACCES:
	case EPERM:
		return STATUS_DENIED;
	case ECONNREFUSED:
		return STATUS_BUSY;
	case ETIMEDOUT:
	case EAGAIN:
		return STATUS_TIMEOUT;
	default:
		return STATUS_IO;
	}
}

static enum status
reach_by(const struct reach *reach, attempt *step, struct fault *fault)
{
	const struct passwd *user = getpwnam(reach->user);
	enum status status;
	int error;

	if (user == NULL)
		return fault_set(fault, STATUS_NOTFOUND,
		    "there is no user %s", reach->user);
	error = try_as(user, reach, step);
	if (error < 0)
		return fault_errno(fault, STATUS_IO, errno, "cannot fork");
	status = status_of(error);
	if (status == STATUS_OK)
		return status;
	return fault_errno(fault, status, error, "%s, as user %s%s%s",
	    reach->path, reach->user,
	    reach->root == NULL ? "" : " with the root directory ",
	    reach->root == NULL ? "" : reach->root);
}

enum status
reach_socket(const struct reach *reach, struct fault *fault)
{
	return reach_by(reach, attempt_socket, fault);
}

enum status
reach_read(const char *user, const char *path, struct fault *fault)
{
	struct reach reach = {.user = user, .path = path};

	return reach_by(&reach, attempt_read, fault);
}

enum status
reach_write(const char *user, const char *path, struct fault *fault)
{
	struct reach reach = {.user = user, .path = path};

	return reach_by(&reach, attempt_write, fault);
}
