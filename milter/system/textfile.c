#include "milter/system/textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/system/input.h"

bool
textfile_write(int fd, struct slice text)
{
	while (text.len > 0) {
		ssize_t put = write(fd, text.at, text.len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		text.at += put;
		text.len -= (size_t)put;
	}
	return true;
}

static bool
make_alike(int fd, const struct stat *like)
{
	if (like == NULL)
		return fchmod(fd, 0644) == 0;
	/* Only root may give a file away; who is not keeps what is his. */
	if (fchown(fd, like->st_uid, like->st_gid) != 0 && geteuid() == 0)
		return false;
	return fchmod(fd, like->st_mode & 07777) == 0;
}

/* The change of a name is safe when its folder is on the disk. */
static void
sync_folder(const char *file)
{
	char *copy = strdup(file);
	int fd;

	if (copy == NULL)
		return;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		(void)fsync(fd);
		(void)close(fd);
	}
	free(copy);
}

static bool
write_beside(const char *name, struct slice text, const struct stat *like)
{
	int error, fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);
	bool good;

	if (fd < 0)
		return false;
	good = textfile_write(fd, text) && make_alike(fd, like) &&
	    fsync(fd) == 0;
	error = errno;
	if (close(fd) != 0 && good) {
		good = false;
		error = errno;
	}
	if (!good)
		(void)unlink(name);
	errno = error;
	return good;
}

enum status
textfile_replace(const char *file, struct slice text,
    const struct stat *like, struct fault *fault)
{
	char *real = realpath(file, NULL);
	const char *target = real == NULL ? file : real;
	char name[PATH_MAX];
	bool good;
	int error;

	(void)snprintf(name, sizeof(name), "%s.hopseal-%ld", target,
	    (long)getpid());
	good = write_beside(name, text, like);
	if (good && rename(name, target) != 0) {
		error = errno;
		(void)unlink(name);
		errno = error;
		good = false;
	}
	error = errno;
	if (good)
		sync_folder(target);
	free(real);
	if (good)
		return STATUS_OK;
	return fault_errno(fault, STATUS_IO, error, "cannot write %s", file);
}

enum status
textfile_make_secret(const char *file, struct slice pem, struct fault *fault)
{
	bool good;
	int fd, error;

	fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return fault_set(fault, STATUS_EXISTS,
		    "%s exists, and a key is never overwritten; name another "
		    "file with --out", file);
	if (fd < 0)
		return fault_errno(fault, STATUS_IO, errno,
		    "cannot make %s", file);
	good = textfile_write(fd, pem) && fsync(fd) == 0;
	error = errno;
	if (close(fd) != 0 && good) {
		good = false;
		error = errno;
	}
	if (good)
		return STATUS_OK;
	(void)unlink(file);
	return fault_errno(fault, STATUS_IO, error, "cannot write %s", file);
}

enum status
textfile_copy(const char *from, const char *to, struct fault *fault)
{
	struct timespec times[2];
	enum status status;
	struct stat info;
	struct buf text;

	if (stat(from, &info) != 0)
		return fault_errno(fault, errno == ENOENT ? STATUS_NOTFOUND
		    : STATUS_IO, errno, "%s", from);
	buf_init(&text, TEXTFILE_MAX);
	status = input_read_regular(from, &text, fault);
	if (status == STATUS_OK)
		status = textfile_replace(to, buf_slice(&text), &info, fault);
	buf_clear(&text);
	times[0] = info.st_atim;
	times[1] = info.st_mtim;
	if (status == STATUS_OK && utimensat(AT_FDCWD, to, times, 0) != 0)
		status = fault_errno(fault, STATUS_IO, errno,
		    "cannot set the time of %s", to);
	return status;
}

bool
textfile_same(const char *a, const char *b)
{
	struct buf one, two;
	bool same;

	buf_init(&one, TEXTFILE_MAX);
	buf_init(&two, TEXTFILE_MAX);
	same = input_read_regular(a, &one, NULL) == STATUS_OK &&
	    input_read_regular(b, &two, NULL) == STATUS_OK &&
	    slice_equal(buf_slice(&one), buf_slice(&two));
	buf_clear(&one);
	buf_clear(&two);
	return same;
}
