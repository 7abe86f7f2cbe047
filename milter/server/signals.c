#include "milter/server/signals.h"

#include <pthread.h>
#include <signal.h>

void
signals_block_early(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static void
fill(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGHUP);
	(void)sigaddset(set, SIGUSR1);
	(void)sigaddset(set, SIGUSR2);
	(void)sigaddset(set, SIGCHLD);
}

void
signals_block(void)
{
	sigset_t set;

	fill(&set);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int
signals_next(int64_t watchdog_ms)
{
	struct timespec wait;
	sigset_t set;
	int got;

	fill(&set);
	if (watchdog_ms == 0)
		return sigwait(&set, &got) == 0 ? got : 0;
	wait.tv_sec = watchdog_ms / 1000;
	wait.tv_nsec = watchdog_ms % 1000 * 1000000;
	got = sigtimedwait(&set, NULL, &wait);
	return got > 0 ? got : 0;
}
