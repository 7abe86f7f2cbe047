/*
 * attempt: what somebody who took hopseald over would try first.
 *
 * Loaded with LD_PRELOAD; the first wish for the 16 random octets of a stamp,
 * in the midst of a mail transaction, makes the attempts. Their errno go to
 * standard error.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STAMP_RANDOM = 16 };

static int
open_shadow(void)
{
	int fd = open("/etc/shadow", O_RDONLY);

	return fd >= 0 ? 0 : errno;
}

static int
run_program(void)
{
	pid_t child = fork();
	int state = 0;

	if (child == 0) {
		(void)execl("/bin/true", "true", (char *)NULL);
		_exit(errno);
	}
	(void)waitpid(child, &state, 0);
	return WEXITSTATUS(state);
}

static int
connect_out(void)
{
	struct sockaddr_in there = {.sin_family = AF_INET,
	    .sin_port = htons(25)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return errno;
	there.sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1 */
	return connect(fd, (struct sockaddr *)&there, sizeof(there)) == 0 ||
	    errno == EINPROGRESS ? 0 : errno;
}

static int
become_root(void)
{
	return setuid(0) == 0 ? 0 : errno;
}

ssize_t
getrandom(void *out, size_t size, unsigned flags)
{
	static atomic_flag done = ATOMIC_FLAG_INIT;
	ssize_t (*real)(void *, size_t, unsigned);

	if (size == STAMP_RANDOM && !atomic_flag_test_and_set(&done))
		(void)fprintf(stderr, "attempts: shadow=%d program=%d "
		    "connect=%d root=%d\n", open_shadow(), run_program(),
		    connect_out(), become_root());
	*(void **)&real = dlsym(RTLD_NEXT, "getrandom");
	return real(out, size, flags);
}
