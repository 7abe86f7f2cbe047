#include "milter/system/secretfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status
open_fault(const char *file, int error, struct fault *fault)
{
	if (error == ENOENT || error == ENOTDIR)
		return fault_set(fault, STATUS_NOTFOUND,
		    "there is no file %s", file);
	return fault_errno(fault,
	    error == EACCES || error == EPERM ? STATUS_DENIED : STATUS_IO,
	    error, "cannot open %s", file);
}

/* A regular file that only its owner writes and only its group may read. */
static enum status
check_file(int fd, const char *file, struct fault *fault)
{
	struct stat info;

	if (fstat(fd, &info) != 0)
		return fault_errno(fault, STATUS_IO, errno, "cannot look at %s",
		    file);
	if (!S_ISREG(info.st_mode))
		return fault_set(fault, STATUS_DENIED,
		    "%s is not a regular file", file);
	if ((info.st_mode & S_IRWXO) != 0)
		return fault_set(fault, STATUS_DENIED,
		    "%s is open to users other than its owner and group; "
		    "close it with: chmod 600 %s", file, file);
	if ((info.st_mode & S_IWGRP) != 0)
		return fault_set(fault, STATUS_DENIED,
		    "%s can be written by its group; close it with: "
		    "chmod 640 %s", file, file);
	return STATUS_OK;
}

/* Read to the end of the file; out->data has SECRETFILE_MAX + 1 octets. */
static enum status
read_all(int fd, const char *file, struct secret *out, struct fault *fault)
{
	ssize_t got = 1;

	while (got != 0 && out->len <= SECRETFILE_MAX) {
		got = read(fd, out->data + out->len,
		    SECRETFILE_MAX + 1 - out->len);
		if (got < 0 && errno != EINTR)
			return fault_errno(fault, STATUS_IO, errno,
			    "cannot read %s", file);
		if (got > 0)
			out->len += (size_t)got;
	}
	if (out->len > SECRETFILE_MAX)
		return fault_set(fault, STATUS_LIMIT,
		    "%s is larger than %d octets: it is no key file", file,
		    SECRETFILE_MAX);
	out->data[out->len] = '\0';
	return STATUS_OK;
}

enum status
secret_open(const char *file, int *out, struct fault *fault)
{
	/* A FIFO must not keep the program waiting. */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum status status;

	if (fd < 0)
		return open_fault(file, errno, fault);
	status = check_file(fd, file, fault);
	if (status == STATUS_OK)
		*out = fd;
	else
		(void)close(fd);
	return status;
}

enum status
secret_take(int fd, const char *file, struct secret *out, struct fault *fault)
{
	struct secret secret = {calloc(1, SECRETFILE_MAX + 1), 0};
	enum status status;

	if (secret.data == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory to read %s",
		    file);
	status = read_all(fd, file, &secret, fault);
	if (status == STATUS_OK)
		*out = secret;
	else
		secret_clear(&secret);
	return status;
}

enum status
secret_read(const char *file, struct secret *out, struct fault *fault)
{
	int fd;
	enum status status = secret_open(file, &fd, fault);

	if (status != STATUS_OK)
		return status;
	status = secret_take(fd, file, out, fault);
	(void)close(fd);
	return status;
}

void
secret_clear(struct secret *secret)
{
	if (secret->data != NULL)
		explicit_bzero(secret->data, SECRETFILE_MAX + 1);
	free(secret->data);
	secret->data = NULL;
	secret->len = 0;
}
