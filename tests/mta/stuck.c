/*
 * stuck: libmilter that does not stop, once the file $HOPSEAL_STUCK is there.
 *
 * Loaded with LD_PRELOAD: the thread that takes its connections takes one more
 * and never comes back, as it does when it waits for a lock that nobody holds.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int
accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	int (*real)(int, struct sockaddr *, socklen_t *);
	const char *path = getenv("HOPSEAL_STUCK");
	int got;

	*(void **)&real = dlsym(RTLD_NEXT, "accept");
	got = real(fd, addr, len);
	while (got >= 0 && path != NULL && access(path, F_OK) == 0)
		(void)pause();
	return got;
}
