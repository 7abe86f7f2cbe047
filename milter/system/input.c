#include "milter/system/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

/* Fails: IO, with errno; LIMIT, NOMEM. */
static enum status
append(int fd, struct buf *out)
{
	char piece[PIECE];
	ssize_t got;

	while ((got = read(fd, piece, sizeof(piece))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return STATUS_IO;
		buf_put(out, piece, (size_t)got);
		if (buf_status(out) != STATUS_OK)
			return buf_status(out);
	}
	return STATUS_OK;
}

static enum status
read_all(int fd, const char *name, struct buf *out, struct fault *fault)
{
	enum status status = append(fd, out);

	if (status == STATUS_OK)
		return STATUS_OK;
	if (status == STATUS_IO)
		return fault_errno(fault, STATUS_IO, errno, "cannot read %s",
		    name);
	if (status == STATUS_LIMIT)
		return fault_set(fault, STATUS_LIMIT,
		    "%s is larger than %zu octets", name, out->ceiling);
	return fault_set(fault, STATUS_NOMEM, "no memory to read %s", name);
}

static enum status
read_all_unnamed(int fd, struct buf *out, struct fault *fault)
{
	enum status status = append(fd, out);

	if (status == STATUS_OK)
		return STATUS_OK;
	if (status == STATUS_IO)
		return fault_errno(fault, STATUS_IO, errno, "cannot be read");
	if (status == STATUS_LIMIT)
		return fault_set(fault, STATUS_LIMIT,
		    "is larger than %zu octets", out->ceiling);
	return fault_set(fault, STATUS_NOMEM, "no memory");
}

static enum status
require_regular(int fd, const char *file, struct fault *fault)
{
	struct stat info;

	if (fstat(fd, &info) != 0)
		return fault_errno(fault, STATUS_IO, errno,
		    "cannot look at %s", file);
	if (S_ISREG(info.st_mode))
		return STATUS_OK;
	return fault_set(fault, STATUS_IO, "%s is %s, and not a regular file",
	    file, S_ISDIR(info.st_mode) ? "a folder"
		: "a device, a pipe or a socket");
}

enum status
input_read_regular(const char *file, struct buf *out, struct fault *fault)
{
	/* A FIFO must not keep the program waiting. */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum status status;

	if (fd < 0)
		return fault_errno(fault, STATUS_IO, errno, "cannot open %s",
		    file);
	status = require_regular(fd, file, fault);
	if (status == STATUS_OK)
		status = read_all(fd, file, out, fault);
	(void)close(fd);
	return status;
}

enum status
input_read(const char *file, struct buf *out, struct fault *fault)
{
	enum status status;
	int fd;

	if (file == NULL || strcmp(file, "-") == 0)
		return read_all(STDIN_FILENO, "standard input", out, fault);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fault_errno(fault, STATUS_IO, errno, "cannot open %s",
		    file);
	status = read_all(fd, file, out, fault);
	(void)close(fd);
	return status;
}

enum status
input_read_unnamed(const char *file, struct buf *out,
    struct input_identity *identity, struct fault *fault)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	enum status status;
	struct stat info;

	if (fd == -1)
		return fault_errno(fault, STATUS_IO, errno, "cannot be opened");
	if (identity != NULL && fstat(fd, &info) == 0) {
		identity->device = (unsigned long long)info.st_dev;
		identity->inode = (unsigned long long)info.st_ino;
	}
	status = read_all_unnamed(fd, out, fault);
	(void)close(fd);
	return status;
}
