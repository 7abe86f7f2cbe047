#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/system/confine.h"
#include "milter/system/privileges.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

enum { TRY_EXEC, TRY_TCP, TRY_UDP6, TRY_PACKET, TRY_UNIX, TRY_CHROOT,
	TRY_FORK, TRY_READ, TRY_COMPUTE, TRY_KILL, TRY_MAP, TRY_PROTECT };

enum { MEMORY = 4 * 1024 * 1024 };

static int
try_memory(int first, int then)
{
	void *at = mmap(NULL, MEMORY, first, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	    0);

	if (at == MAP_FAILED || mprotect(at, MEMORY, then) != 0)
		return errno;
	return munmap(at, MEMORY) == 0 ? 0 : errno;
}

/* What the process that holds the key does: memory, and its one socket. */
static int
compute(void)
{
	char *memory = malloc(MEMORY), octet = 'x';

	if (memory == NULL || send(STDIN_FILENO, &octet, 1, 0) != 1 ||
	    recv(STDIN_FILENO, memory + MEMORY - 1, 1, 0) != 1)
		return errno;
	free(memory);
	return try_memory(PROT_READ, PROT_READ | PROT_WRITE);
}

/* Returns the errno of what was tried, 0 if it went well. */
static int
attempt(int what)
{
	char *argv[] = {(char *)(uintptr_t)"true", NULL};
	int fd = -1;
	pid_t child;

	errno = 0;
	switch (what) {
	case TRY_EXEC:
		(void)execv("/bin/true", argv);
		return errno;
	case TRY_TCP:
		fd = socket(AF_INET, SOCK_STREAM, 0);
		break;
	case TRY_UDP6:
		fd = socket(AF_INET6, SOCK_DGRAM, 0);
		break;
	case TRY_PACKET:
		fd = socket(AF_PACKET, SOCK_RAW, 0);
		break;
	case TRY_UNIX:
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		break;
	case TRY_CHROOT:
		return chroot("/") == 0 ? 0 : errno;
	case TRY_FORK:
		child = fork();
		if (child == 0)
			_exit(0);
		return child > 0 && waitpid(child, NULL, 0) == child ? 0
								     : errno;
	case TRY_READ:
		return access("/etc/passwd", R_OK) == 0 ? 0 : errno;
	case TRY_COMPUTE:
		return compute();
	case TRY_KILL:
		return kill(getpid(), 0) == 0 ? 0 : errno;
	case TRY_MAP:
		return try_memory(PROT_READ | PROT_EXEC, PROT_READ);
	case TRY_PROTECT:
		return try_memory(PROT_READ, PROT_READ | PROT_EXEC);
	default:
		return -1;
	}
	return fd >= 0 ? 0 : errno;
}

/* With the thread sanitizer there is no filter, and nothing to try. */
static void
skip_without_filter(void)
{
#ifdef __SANITIZE_THREAD__
	skip();
#endif
}

/* In a child, since it cannot be undone. */
static int
confined(bool with_tcp, int what)
{
	pid_t child = fork();
	int state = 0;

	if (child == 0) {
		privileges_harden();
		if (!confine(with_tcp))
			_exit(255);
		_exit(attempt(what));
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &state, 0), child);
	assert_true(WIFEXITED(state));
	return WEXITSTATUS(state);
}

static void
gives_up_what_it_should(void **state)
{
	static const struct {
		const char *row;
		bool with_tcp;
		int what, want;
	} rows[] = {
	    {"a program", false, TRY_EXEC, EPERM},
	    {"a program, with TCP", true, TRY_EXEC, EPERM},
	    {"TCP", false, TRY_TCP, EPERM},
	    {"TCP, allowed", true, TRY_TCP, 0},
	    {"IPv6", false, TRY_UDP6, EPERM},
	    {"IPv6, allowed", true, TRY_UDP6, 0},
	    {"raw packets", true, TRY_PACKET, EPERM},
	    {"unix", false, TRY_UNIX, 0},
	    {"unix, with TCP", true, TRY_UNIX, 0},
	    {"chroot", false, TRY_CHROOT, EPERM},
	    {"fork", false, TRY_FORK, 0},
	    {"files", false, TRY_READ, 0},
	};
	size_t i;

	(void)state;
	skip_without_filter();
	for (i = 0; i < LENGTH(rows); i++)
		check_number(rows[i].row,
		    confined(rows[i].with_tcp, rows[i].what), rows[i].want);
}

/* In a child too. Returns the signal that ended it, 0 if it could. */
static int
confined_to_computing(int what)
{
	int ends[2], state = 0;
	pid_t child;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	child = fork();
	if (child == 0) {
		privileges_harden();
		if (dup2(ends[1], STDIN_FILENO) != STDIN_FILENO ||
		    send(ends[0], "y", 1, 0) != 1 || !confine_to_computing())
			_exit(255);
		_exit(attempt(what));
	}
	assert_true(child > 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	assert_int_equal(waitpid(child, &state, 0), child);
	if (WIFSIGNALED(state))
		return WTERMSIG(state);
	check_number("exit code", WEXITSTATUS(state), 0);
	return 0;
}

static void
lets_compute(void **state)
{
	static const struct {
		const char *row;
		int what, want;
	} rows[] = {
	    {"memory and a socket", TRY_COMPUTE, 0},
	    {"files", TRY_READ, SIGSYS},
	    {"a program", TRY_EXEC, SIGSYS},
	    {"a process", TRY_FORK, SIGSYS},
	    {"a unix socket", TRY_UNIX, SIGSYS},
	    {"TCP", TRY_TCP, SIGSYS},
	    {"a signal", TRY_KILL, SIGSYS},
	    {"memory that runs", TRY_MAP, SIGSYS},
	    {"memory made to run", TRY_PROTECT, SIGSYS},
	};
	size_t i;

	(void)state;
	skip_without_filter();
	for (i = 0; i < LENGTH(rows); i++)
		check_number(rows[i].row, confined_to_computing(rows[i].what),
		    rows[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(gives_up_what_it_should),
	    check_unit_test(lets_compute),
	};

	return cmocka_run_group_tests_name("confine", tests, NULL, NULL);
}
