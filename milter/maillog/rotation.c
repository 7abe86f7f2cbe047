#include "milter/maillog/rotation.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/buf.h"

enum { PATH_SIZE = 4096 };

int
rotation_open(const char *file)
{
	return open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* Open name at the position if it fits there, else give -1. */
static int
open_fitting(const char *name, const struct position *position)
{
	int fd = rotation_open(name);

	if (fd < 0)
		return -1;
	if (position_fits(position, fd) &&
	    lseek(fd, (off_t)position->offset, SEEK_SET) >= 0)
		return fd;
	(void)close(fd);
	return -1;
}

/*
 * logrotate calls the one before `.1`, or `-20261124` with dateext, newsyslog
 * `.0`. A compressed one does not fit.
 */
static int
open_rotated(const char *file, const struct position *position)
{
	char pattern[PATH_SIZE];
	struct buf text;
	glob_t found;
	size_t i;
	int fd = -1;

	buf_init_fixed(&text, pattern, sizeof(pattern));
	buf_printf(&text, "%s[.-]*", file);
	if (buf_status(&text) != STATUS_OK ||
	    glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
		return -1;
	for (i = 0; i < found.gl_pathc && fd < 0; i++)
		fd = open_fitting(found.gl_pathv[i], position);
	globfree(&found);
	return fd;
}

enum rotation_place
rotation_find(const char *file, const struct position *position, int *fd)
{
	int found = rotation_open(file);

	*fd = -1;
	if (found < 0)
		return errno == ENOENT ? ROTATION_MISSING : ROTATION_DENIED;
	if (position_fits(position, found) &&
	    lseek(found, (off_t)position->offset, SEEK_SET) >= 0) {
		*fd = found;
		return ROTATION_SAME;
	}
	*fd = open_rotated(file, position);
	if (*fd >= 0) {
		(void)close(found);
		return ROTATION_OLD;
	}
	*fd = found;
	return ROTATION_LOST;
}

bool
rotation_happened(const char *file, int fd, int64_t offset)
{
	struct stat open_one, named;

	if (fstat(fd, &open_one) != 0)
		return true;
	if (open_one.st_size < offset)
		return true;
	if (stat(file, &named) != 0)
		return false; /* renamed, and no new one yet */
	return named.st_ino != open_one.st_ino ||
	    named.st_dev != open_one.st_dev;
}
