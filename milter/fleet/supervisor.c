#define _GNU_SOURCE /* close_range */
#include "milter/fleet/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "milter/fleet/job.h"
#include "milter/fleet/poll.h"
#include "milter/fleet/ship.h"
#include "milter/system/clock.h"
#include "milter/system/confine.h"
#include "milter/system/privileges.h"

/* One that lived so long has done its work: the next pause is short again. */
enum { PAUSE_FIRST_S = 1, PAUSE_LAST_S = 60, LIVED_S = 300 };

static const struct job jobs[] = {
    {"ship", "hopseald-ship", ship_is_wanted, ship_run},
    {"poll", "hopseald-poll", poll_is_wanted, poll_run},
};

/* A job, as the process above it sees it. */
struct worker {
	pid_t pid;	/* 0: none runs */
	int64_t began;	/* ms */
	int64_t due;	/* when to start it again */
	unsigned pause; /* s, that the next death costs */
};

bool
supervisor_is_wanted(const struct config *config)
{
	size_t i;

	for (i = 0; i < LENGTH(jobs); i++)
		if (jobs[i].is_wanted(config))
			return true;
	return false;
}

/* With whom a child lives and dies. False when the parent is gone already. */
static bool
die_with(pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return getppid() == parent;
}

/* None of the daemon's sockets: those to the keys are among them. */
static void
keep_only_stderr(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
	}
	(void)close_range(STDERR_FILENO + 1, ~0u, 0);
}

/*
 * A terminal sends them to all of the group; the daemon ends us itself, by
 * SUPERVISOR_END, which waits until it is asked for.
 */
static void
set_signals(void)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT,
	    SIGUSR1, SIGPIPE};
	sigset_t end;
	size_t i;

	for (i = 0; i < LENGTH(signals); i++)
		(void)signal(signals[i], SIG_IGN);
	(void)sigemptyset(&end);
	(void)sigaddset(&end, SUPERVISOR_END);
	(void)sigprocmask(SIG_SETMASK, &end, NULL);
}

/* Give up all that the jobs need not. */
static enum status
settle(const struct job_env *env, pid_t parent, struct fault *fault)
{
	enum status status = privileges_become(env->config->user, fault);

	if (status != STATUS_OK)
		return status;
	keep_only_stderr(); /* the name service may have opened some */
	log_set_sink(env->log, env->config->log);
	privileges_harden();
	/* Becoming another user took the death signal away. */
	if (!die_with(parent))
		return STATUS_IO;
	if (!confine(true))
		log_line(env->log, LOG_LEVEL_WARNING, "the kernel takes no "
		    "seccomp filter: the processes of the fleet run without "
		    "one");
	return STATUS_OK;
}

static void
start_worker(const struct job *job, const struct job_env *env,
    struct worker *worker)
{
	pid_t self = getpid();

	worker->began = clock_wall_ms();
	worker->pid = fork();
	if (worker->pid == 0) {
		(void)prctl(PR_SET_NAME, job->process, 0, 0, 0);
		if (die_with(self))
			job->run(env);
		_exit(1);
	}
	if (worker->pid < 0) {
		worker->pid = 0;
		worker->due = worker->began + PAUSE_LAST_S * 1000;
	}
}

static void
has_died(const struct job *job, const struct job_env *env,
    struct worker *worker, int state)
{
	int64_t now = clock_wall_ms();

	if (worker->pause == 0 || now - worker->began > LIVED_S * 1000)
		worker->pause = PAUSE_FIRST_S;
	worker->pid = 0;
	worker->due = now + worker->pause * 1000;
	atomic_fetch_add(&env->board->restarts, 1);
	log_line(env->log, LOG_LEVEL_ERROR, "fleet: the process for %s has "
	    "ended with %s %d; another begins in %u s, and mail does not "
	    "wait for it", job->name,
	    WIFSIGNALED(state) ? "signal" : "exit code",
	    WIFSIGNALED(state) ? WTERMSIG(state) : WEXITSTATUS(state),
	    worker->pause);
	worker->pause *= 2;
	if (worker->pause > PAUSE_LAST_S)
		worker->pause = PAUSE_LAST_S;
}

static void
bury(const struct job_env *env, struct worker *workers)
{
	int state = 0;
	pid_t pid;
	size_t i;

	while ((pid = waitpid(-1, &state, WNOHANG)) > 0)
		for (i = 0; i < LENGTH(jobs); i++)
			if (workers[i].pid == pid)
				has_died(&jobs[i], env, &workers[i], state);
}

/* None of them has a file open after this. */
static void
end_workers(const struct worker *workers)
{
	int state;
	size_t i;

	for (i = 0; i < LENGTH(jobs); i++) {
		if (workers[i].pid == 0)
			continue;
		(void)kill(workers[i].pid, SIGKILL);
		while (waitpid(workers[i].pid, &state, 0) < 0 &&
		    errno == EINTR)
			continue;
	}
}

/* Start what is due, wait for a death, and so on until the end. */
static void
supervise(const struct job_env *env)
{
	struct worker workers[LENGTH(jobs)];
	const struct timespec wait = {1, 0};
	sigset_t awaited;
	size_t i;

	memset(workers, 0, sizeof(workers));
	(void)sigemptyset(&awaited);
	(void)sigaddset(&awaited, SIGCHLD);
	(void)sigaddset(&awaited, SUPERVISOR_END);
	(void)sigprocmask(SIG_BLOCK, &awaited, NULL);
	for (;;) {
		for (i = 0; i < LENGTH(jobs); i++)
			if (jobs[i].is_wanted(env->config) &&
			    workers[i].pid == 0 &&
			    clock_wall_ms() >= workers[i].due)
				start_worker(&jobs[i], env, &workers[i]);
		if (sigtimedwait(&awaited, NULL, &wait) == SUPERVISOR_END)
			break;
		bury(env, workers);
	}
	end_workers(workers);
}

void
supervisor_run(const struct config *config, const char *file,
    struct board *board, pid_t daemon)
{
	struct job_env env = {config, file, NULL, board, daemon};
	struct fault fault = {STATUS_OK, ""};

	set_signals();
	(void)prctl(PR_SET_NAME, "hopseald-fleet", 0, 0, 0);
	keep_only_stderr();
	if (!die_with(daemon) ||
	    log_open(LOG_SINK_STDERR, config->log_level, &env.log) !=
		STATUS_OK)
		return;
	if (settle(&env, daemon, &fault) == STATUS_OK)
		supervise(&env);
	if (fault.status != STATUS_OK)
		log_line(env.log, LOG_LEVEL_ERROR, "fleet: %s", fault.text);
}
