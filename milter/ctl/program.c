#define _GNU_SOURCE /* pipe2 */

#include "milter/ctl/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/system/clock.h"

extern char **environ;

enum { COMPLAINT_MAX = 400 };

/* Our ends of its output and of its complaints; what it reads. */
struct pipes {
	FILE *input; /* NULL: nothing */
	struct pollfd end[2];
	struct buf *text[2];
};

static void
close_end(struct pollfd *end)
{
	if (end->fd >= 0)
		(void)close(end->fd);
	end->fd = -1;
}

/* Start it with both outputs in pipes. Returns an errno. */
static int
start(const char *const argv[], struct pipes *pipes, pid_t *child)
{
	posix_spawn_file_actions_t actions;
	int out[2], err[2], error;

	if (pipe2(out, O_CLOEXEC) != 0)
		return errno;
	if (pipe2(err, O_CLOEXEC) != 0) {
		error = errno;
		(void)close(out[0]);
		(void)close(out[1]);
		return error;
	}
	error = posix_spawn_file_actions_init(&actions);
	if (error == 0)
		error = pipes->input == NULL
		    ? posix_spawn_file_actions_addopen(&actions, STDIN_FILENO,
			  "/dev/null", O_RDONLY, 0)
		    : posix_spawn_file_actions_adddup2(&actions,
			  fileno(pipes->input), STDIN_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&actions, out[1],
		    STDOUT_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&actions, err[1],
		    STDERR_FILENO);
	/* posix_spawn does not write to them: POSIX, RATIONALE of exec. */
	if (error == 0)
		error = posix_spawnp(child, argv[0], &actions, NULL,
		    (char *const *)(uintptr_t)argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(out[1]);
	(void)close(err[1]);
	pipes->end[0] = (struct pollfd){.fd = out[0], .events = POLLIN};
	pipes->end[1] = (struct pollfd){.fd = err[0], .events = POLLIN};
	return error;
}

static void
take(struct pollfd *end, struct buf *text)
{
	char data[4096];
	ssize_t got = read(end->fd, data, sizeof(data));

	if (got > 0)
		buf_put(text, data, (size_t)got);
	else if (got == 0 || errno != EINTR)
		close_end(end);
}

/* Returns false when the time is up. */
static bool
take_all(struct pipes *pipes)
{
	int64_t end = clock_monotonic_us() + PROGRAM_SECONDS * INT64_C(1000000);
	size_t i;

	while (pipes->end[0].fd >= 0 || pipes->end[1].fd >= 0) {
		int64_t left = end - clock_monotonic_us();

		if (left <= 0)
			return false;
		if (poll(pipes->end, 2, (int)(left / 1000) + 1) <= 0)
			continue;
		for (i = 0; i < 2; i++)
			if (pipes->end[i].fd >= 0 &&
			    pipes->end[i].revents != 0)
				take(&pipes->end[i], pipes->text[i]);
	}
	return true;
}

static int
wait_for(pid_t child)
{
	int state = 0;

	while (waitpid(child, &state, 0) < 0 && errno == EINTR)
		continue;
	return state;
}

/* The first line of what it complained of. */
static enum status
fault_of(const char *name, int state, const struct buf *complaint,
    struct fault *fault)
{
	struct slice rest = buf_slice(complaint);
	struct slice line = slice_trim(slice_cut(&rest, '\n'));

	if (WIFSIGNALED(state))
		return fault_set(fault, STATUS_IO, "%s was ended by signal %d",
		    name, WTERMSIG(state));
	return fault_set(fault, STATUS_IO, "%s ended with code %d: %.*s", name,
	    WEXITSTATUS(state), (int)line.len, line.at == NULL ? "" : line.at);
}

static enum status
run(const char *const argv[], FILE *input, struct buf *out,
    struct fault *fault)
{
	char storage[COMPLAINT_MAX];
	struct buf complaint;
	struct pipes pipes = {.input = input, .text = {out, &complaint}};
	pid_t child = -1;
	bool in_time;
	int error, state;

	buf_init_fixed(&complaint, storage, sizeof(storage));
	error = start(argv, &pipes, &child);
	if (error != 0) {
		close_end(&pipes.end[0]);
		close_end(&pipes.end[1]);
		return fault_errno(fault,
		    error == ENOENT ? STATUS_NOTFOUND : STATUS_IO, error,
		    "cannot run %s", argv[0]);
	}
	in_time = take_all(&pipes);
	close_end(&pipes.end[0]);
	close_end(&pipes.end[1]);
	if (!in_time)
		(void)kill(child, SIGKILL);
	state = wait_for(child);
	if (!in_time)
		return fault_set(fault, STATUS_TIMEOUT,
		    "%s did not end within %d seconds", argv[0],
		    PROGRAM_SECONDS);
	if (state != 0)
		return fault_of(argv[0], state, &complaint, fault);
	if (buf_status(out) != STATUS_OK)
		return fault_set(fault, buf_status(out),
		    "%s prints more than is expected", argv[0]);
	return STATUS_OK;
}

enum status
program_run(const char *const argv[], struct buf *out, struct fault *fault)
{
	return run(argv, NULL, out, fault);
}

/* A file, not a pipe: who reads none of it keeps nobody waiting. */
enum status
program_feed(const char *const argv[], struct slice input, struct buf *out,
    struct fault *fault)
{
	FILE *file = tmpfile();
	enum status status;

	if (file == NULL)
		return fault_errno(fault, STATUS_IO, errno,
		    "cannot make a file for the input of %s", argv[0]);
	if (fwrite(input.at, 1, input.len, file) == input.len &&
	    fflush(file) == 0 && lseek(fileno(file), 0, SEEK_SET) == 0)
		status = run(argv, file, out, fault);
	else
		status = fault_errno(fault, STATUS_IO, errno,
		    "cannot write the input of %s", argv[0]);
	(void)fclose(file);
	return status;
}
