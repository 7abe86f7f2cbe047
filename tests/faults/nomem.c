/*
 * nomem: memory that runs out at an allocation of the test's choice.
 *
 * Loaded with LD_PRELOAD. The file $HOPSEAL_NOMEM is mapped at the start, since
 * hopseald cannot open it later, and is the panel that the test reads and
 * writes: struct panel, below. Counted are the allocations of the thread that
 * takes connections, which is the one that says how large a stack usually is
 * (milter/filter/filter.c), and of those that it and they start: libmilter's,
 * which serve sessions; of all threads when the panel says so.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct panel {
	_Atomic uint64_t fail_at; /* the allocation that fails; 0: none */
	_Atomic uint64_t stays;	  /* 1: and all that follow */
	_Atomic uint64_t all;	  /* 1: of all threads */
	_Atomic uint64_t seen;	  /* allocations so far */
	_Atomic uint64_t failed;
};

/* What a thread that is started runs, and whether it counts. */
struct start {
	void *(*routine)(void *);
	void *argument;
	bool counts;
};

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

static struct panel *panel;
static _Thread_local bool counts __attribute__((tls_model("initial-exec")));

__attribute__((constructor)) static void
map_panel(void)
{
	const char *path = getenv("HOPSEAL_NOMEM");
	int fd = path == NULL ? -1 : open(path, O_RDWR);
	void *map;

	if (fd < 0)
		abort();
	map = mmap(NULL, sizeof(*panel), PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	if (map == MAP_FAILED)
		abort();
	panel = map;
	(void)close(fd);
}

static bool
fails(void)
{
	uint64_t at, fail_at;

	if (panel == NULL || (!counts && atomic_load(&panel->all) == 0))
		return false;
	at = atomic_fetch_add(&panel->seen, 1) + 1;
	fail_at = atomic_load(&panel->fail_at);
	if (fail_at == 0 || at < fail_at ||
	    (at > fail_at && atomic_load(&panel->stays) == 0))
		return false;
	(void)atomic_fetch_add(&panel->failed, 1);
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *block, size_t size)
{
	return fails() ? NULL : __libc_realloc(block, size);
}

static void *
begin(void *argument)
{
	struct start start = *(struct start *)argument;

	__libc_free(argument);
	counts = start.counts;
	return start.routine(start.argument);
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
    void *(*routine)(void *), void *argument)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
	    void *);
	struct start *start = __libc_malloc(sizeof(*start));

	if (start == NULL)
		return EAGAIN;
	*start = (struct start){routine, argument, counts};
	*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	return real(thread, attributes, begin, start);
}

int
pthread_setattr_default_np(const pthread_attr_t *attributes)
{
	int (*real)(const pthread_attr_t *);

	counts = true;
	*(void **)&real = dlsym(RTLD_NEXT, "pthread_setattr_default_np");
	return real(attributes);
}
