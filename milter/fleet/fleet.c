#define _GNU_SOURCE /* close_range */
#include "milter/fleet/fleet.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "milter/fleet/centre.h"
#include "milter/fleet/job.h"
#include "milter/fleet/poll.h"
#include "milter/fleet/ship.h"
#include "milter/system/clock.h"
#include "milter/system/confine.h"
#include "milter/system/privileges.h"

/* One that lived so long has done its work: the next pause is short again. */
enum { PAUSE_FIRST_S = 1, PAUSE_LAST_S = 60, LIVED_S = 300 };

/* How the daemon asks the supervisor to end, and how long it waits for it. */
enum { END_SIGNAL = SIGUSR2, END_MS = 2000 };

static const struct job jobs[] = {
    {"ship", "hopseald-ship", ship_is_wanted, ship_run},
    {"poll", "hopseald-poll", poll_is_wanted, poll_run},
};

struct fleet {
	struct board *board;
	pid_t pid; /* 0: it has ended */
};

/* A job, as the process above it sees it. */
struct worker {
	pid_t pid;	/* 0: none runs */
	int64_t began;	/* ms */
	int64_t due;	/* when to start it again */
	unsigned pause; /* s, that the next death costs */
};

static bool
is_open_to_all(const char *file)
{
	struct stat info;

	return stat(file, &info) == 0 && (info.st_mode & S_IROTH) != 0;
}

static enum status
check_url(const char *url, const struct config_place *place,
    const char *option, struct log *log, struct fault *fault)
{
	struct fault clause;
	const char *weak;
	enum status status;

	if (url == NULL)
		return STATUS_OK;
	status = centre_check(url, &weak, &clause);
	if (status != STATUS_OK)
		return fault_set(fault, status, "%s:%u: option %s %s",
		    place->file, place->line, option, clause.text);
	if (log != NULL && weak != NULL)
		log_line(log, LOG_LEVEL_WARNING, "%s:%u: option %s %s",
		    place->file, place->line, option, weak);
	if (log != NULL && centre_has_password(url) &&
	    is_open_to_all(place->file))
		log_line(log, LOG_LEVEL_WARNING, "%s:%u: option %s holds a "
		    "password, and every user can read that file; close it "
		    "with: chmod o-r %s; or take the password out and name a "
		    "file with passfile=FILE, or a key with sslkey=FILE",
		    place->file, place->line, option, place->file);
	return STATUS_OK;
}

enum status
fleet_check(const struct config *config, config_report *report,
    void *context, struct log *log)
{
	struct fault fault;
	enum status ship, source;

	ship = check_url(config->ledger.ship, &config->ledger.ship_place,
	    "ship in ledger", log, &fault);
	if (ship != STATUS_OK)
		report(context, fault.text);
	source = check_url(config->policy_source,
	    &config->policy_source_place, "policy-source", log, &fault);
	if (source != STATUS_OK)
		report(context, fault.text);
	return ship != STATUS_OK ? ship : source;
}

static bool
is_wanted(const struct config *config)
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
 * END_SIGNAL, which waits until it is asked for.
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
	(void)sigaddset(&end, END_SIGNAL);
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
	(void)sigaddset(&awaited, END_SIGNAL);
	(void)sigprocmask(SIG_BLOCK, &awaited, NULL);
	for (;;) {
		for (i = 0; i < LENGTH(jobs); i++)
			if (jobs[i].is_wanted(env->config) &&
			    workers[i].pid == 0 &&
			    clock_wall_ms() >= workers[i].due)
				start_worker(&jobs[i], env, &workers[i]);
		if (sigtimedwait(&awaited, NULL, &wait) == END_SIGNAL)
			break;
		bury(env, workers);
	}
	end_workers(workers);
}

static void
run_supervisor(const struct config *config, const char *file,
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

enum status
fleet_start(const struct config *config, const char *file, struct fleet **out,
    struct fault *fault)
{
	struct fleet *fleet;
	pid_t daemon = getpid();

	if (!is_wanted(config))
		return STATUS_OK;
	fleet = calloc(1, sizeof(*fleet));
	if (fleet != NULL)
		fleet->board = board_new();
	if (fleet == NULL || fleet->board == NULL) {
		free(fleet);
		return fault_set(fault, STATUS_NOMEM, "no memory");
	}
	fleet->pid = fork();
	if (fleet->pid == 0) {
		run_supervisor(config, file, fleet->board, daemon);
		_exit(1);
	}
	if (fleet->pid < 0) {
		(void)fault_errno(fault, STATUS_IO, errno, "cannot fork");
		board_free(&fleet->board);
		free(fleet);
		return STATUS_IO;
	}
	*out = fleet;
	return STATUS_OK;
}

struct board *
fleet_board(const struct fleet *fleet)
{
	return fleet == NULL ? NULL : fleet->board;
}

bool
fleet_has_ended(struct fleet *fleet)
{
	int state;

	if (fleet == NULL || fleet->pid == 0 ||
	    waitpid(fleet->pid, &state, WNOHANG) != fleet->pid)
		return false;
	fleet->pid = 0;
	/* Those below have died with it, whatever they wrote last. */
	atomic_store(&fleet->board->has_ended, 1);
	atomic_store(&fleet->board->shipping.connected, 0);
	atomic_store(&fleet->board->policy.connected, 0);
	return true;
}

/* Did it end by itself, in END_MS? */
static bool
ends_by_itself(pid_t pid)
{
	const struct timespec wait = {0, 5 * 1000 * 1000};
	int64_t until_us = clock_monotonic_us() + END_MS * 1000;
	int state;

	while (waitpid(pid, &state, WNOHANG) == 0) {
		if (clock_monotonic_us() > until_us)
			return false;
		(void)nanosleep(&wait, NULL);
	}
	return true;
}

void
fleet_stop(struct fleet *fleet)
{
	int state;

	if (fleet == NULL || fleet->pid == 0)
		return;
	(void)kill(fleet->pid, END_SIGNAL);
	if (ends_by_itself(fleet->pid)) {
		fleet->pid = 0;
		return;
	}
	(void)kill(fleet->pid, SIGKILL);
	while (waitpid(fleet->pid, &state, 0) < 0 && errno == EINTR)
		continue;
	fleet->pid = 0;
}

void
fleet_free(struct fleet **fleet)
{
	if (*fleet == NULL)
		return;
	fleet_stop(*fleet);
	board_free(&(*fleet)->board);
	free(*fleet);
	*fleet = NULL;
}
