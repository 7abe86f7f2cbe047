#include "milter/system/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

static enum status
read_all(int fd, const char *name, struct buf *out, struct fault *fault)
{
	char piece[PIECE];
	ssize_t got;

	while ((got = read(fd, piece, sizeof(piece))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fault_errno(fault, STATUS_IO, errno,
			    "cannot read %s", name);
		buf_put(out, piece, (size_t)got);
		if (buf_status(out) == STATUS_LIMIT)
			return fault_set(fault, STATUS_LIMIT,
			    "%s is larger than %zu octets", name,
			    out->ceiling);
		if (buf_status(out) != STATUS_OK)
			return fault_set(fault, STATUS_NOMEM,
			    "no memory to read %s", name);
	}
	return STATUS_OK;
}

enum status
input_read_regular(const char *file, struct buf *out, struct fault *fault)
{
	enum status status;
	struct stat info;
	int fd;

	/* A FIFO must not keep the program waiting. */
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fault_errno(fault, STATUS_IO, errno, "cannot open %s",
		    file);
	if (fstat(fd, &info) != 0)
		status = fault_errno(fault, STATUS_IO, errno,
		    "cannot look at %s", file);
	else if (!S_ISREG(info.st_mode))
		status = fault_set(fault, STATUS_IO, "%s is %s, and not a "
		    "regular file", file, S_ISDIR(info.st_mode) ? "a folder"
		    : "a device, a pipe or a socket");
	else
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
