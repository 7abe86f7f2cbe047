#include "milter/fleet/fleet.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "milter/fleet/centre.h"
#include "milter/fleet/supervisor.h"
#include "milter/system/clock.h"

/* How long the supervisor may take to end. */
enum { END_MS = 2000 };

struct fleet {
	struct board *board;
	pid_t pid; /* 0: it has ended */
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

enum status
fleet_start(const struct config *config, const char *file, struct fleet **out,
    struct fault *fault)
{
	struct fleet *fleet;
	pid_t daemon = getpid();

	if (!supervisor_is_wanted(config))
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
		supervisor_run(config, file, fleet->board, daemon);
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
	(void)kill(fleet->pid, SUPERVISOR_END);
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
