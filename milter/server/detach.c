#include "milter/server/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <sysexits.h>
#include <unistd.h>

bool
detach_keep_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd >= 0 && close(fd) == 0;
}

bool
detach_fork(struct log *log, int *ready_fd, int *code)
{
	int ends[2];
	unsigned char byte = EX_OSERR;
	pid_t child;

	if (pipe(ends) != 0 || (child = fork()) < 0) {
		struct fault fault;

		(void)fault_errno(&fault, STATUS_IO, errno, "cannot fork");
		log_line(log, LOG_LEVEL_ERROR, "%s", fault.text);
		*code = EX_OSERR;
		return false;
	}
	if (child == 0) {
		(void)close(ends[0]);
		*ready_fd = ends[1];
		(void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
		(void)setsid();
		return true;
	}
	(void)close(ends[1]);
	if (read(ends[0], &byte, 1) != 1)
		byte = EX_OSERR;
	*code = byte;
	return false;
}

void
detach_tell(struct log *log, int *ready_fd, int code)
{
	unsigned char byte = (unsigned char)code;

	if (*ready_fd < 0)
		return;
	if (write(*ready_fd, &byte, 1) != 1)
		log_line(log, LOG_LEVEL_DEBUG, "no parent waits");
	(void)close(*ready_fd);
	*ready_fd = -1;
}

void
detach_terminal(const char *config_file, bool keeps_stderr)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || (config_file[0] == '/' && chdir("/") != 0))
		return;
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	if (!keeps_stderr)
		(void)dup2(null, STDERR_FILENO);
	(void)close(null);
}
