/*
 * clock: a wall clock that the test sets while hopseald runs.
 *
 * Loaded with LD_PRELOAD. The file $HOPSEAL_CLOCK, mapped at the start, holds
 * the seconds that CLOCK_REALTIME is ahead, a signed number of 64 bits. No
 * other clock is touched, as when somebody sets the time.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t *ahead;

__attribute__((constructor)) static void
map_clock(void)
{
	const char *path = getenv("HOPSEAL_CLOCK");
	int fd = path == NULL ? -1 : open(path, O_RDONLY);
	void *map;

	if (fd < 0)
		abort();
	map = mmap(NULL, sizeof(*ahead), PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		abort();
	ahead = map;
	(void)close(fd);
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, now);

	if (rc == 0 && ahead != NULL && (clock == CLOCK_REALTIME ||
		clock == CLOCK_REALTIME_COARSE))
		now->tv_sec += atomic_load(ahead);
	return rc;
}

time_t
time(time_t *out)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

int
gettimeofday(struct timeval *out, void *zone)
{
	struct timespec now;

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}
