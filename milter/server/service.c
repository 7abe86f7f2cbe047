#include "milter/server/service.h"

#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/server/detach.h"
#include "milter/server/signals.h"
#include "milter/system/clock.h"
#include "milter/system/notify.h"

enum { STOP_WAIT_MS = 3000, STOP_SECONDS = 10 };

static void *
run_filter(void *context)
{
	struct server *server = context;
	struct txn_env env = {server->snapshots, server->log, server->ledger,
	    &server->counters, &server->troubles};

	if (filter_run(server->sockets.filter, &env) != STATUS_OK) {
		atomic_store(&server->filter_failed, true);
		log_line(server->log, LOG_LEVEL_ERROR,
		    "libmilter gave up; it has logged the cause to syslog");
	}
	atomic_store(&server->filter_ended, true);
	/* Whatever ended it, main must hear of it. */
	(void)pthread_kill(server->main_thread, SIGUSR2);
	return NULL;
}

/*
 * libmilter's threads may wait for each other for ever when many connections
 * end as it stops. What was accepted is recorded, the rest the MTA sends again.
 */
static void
end_without_filter(struct server *server, int code)
{
	log_line(server->log, LOG_LEVEL_WARNING,
	    "libmilter does not stop; ending without it: no message is lost, "
	    "nothing is to be done");
	_exit(code);
}

/* Returns when the filter thread has said that it ends, or ends with code. */
static void
stop_filter(struct server *server, int code)
{
	struct timespec pause = {0, 50 * 1000 * 1000};
	int64_t until_us = clock_monotonic_us() + STOP_SECONDS * 1000000;
	sigset_t ended;

	(void)sigemptyset(&ended);
	(void)sigaddset(&ended, SIGUSR2);
	filter_stop(server->sockets.filter);
	while (!atomic_load(&server->filter_ended)) {
		(void)sigtimedwait(&ended, NULL, &pause);
		if (clock_monotonic_us() > until_us)
			end_without_filter(server, code);
		filter_wake(server->sockets.filter);
	}
}

/* Does this signal say stop? Without its key holder nothing goes on. */
static bool
is_end(struct server *server, int got, struct fault *fault)
{
	if (got == SIGCHLD && fleet_has_ended(server->fleet))
		log_line(server->log, LOG_LEVEL_ERROR, "fleet: the process "
		    "above those that ship and poll has ended; mail and the "
		    "ledger go on, nothing is shipped until hopseald is "
		    "restarted");
	if (got == SIGCHLD)
		return keyholder_has_ended(server->keys, fault);
	if (got == SIGUSR2)
		return atomic_load(&server->filter_ended);
	return got != 0 && got != SIGUSR1;
}

/* Serve signals until one says stop. Fails: IO, the key holder has ended. */
static enum status
wait_for_end(struct server *server, struct fault *fault)
{
	int64_t watchdog_ms = notify_watchdog_ms();
	int got = signals_next(watchdog_ms);

	while (!is_end(server, got, fault)) {
		if (got == SIGUSR1)
			reload_now(&server->reload);
		notify_send("WATCHDOG=1");
		got = signals_next(watchdog_ms);
	}
	notify_send("STOPPING=1");
	if (got != SIGUSR2)
		stop_filter(server, got == SIGCHLD ? EX_OSERR : EX_OK);
	return got == SIGCHLD ? STATUS_IO : STATUS_OK;
}

enum status
service_run(struct server *server, struct fault *fault)
{
	enum status status;
	int error;

	server->main_thread = pthread_self();
	error = pthread_create(&server->filter_thread, NULL, run_filter,
	    server);
	if (error != 0)
		return fault_errno(fault, STATUS_IO, error,
		    "cannot start the filter thread");
	detach_tell(server->log, &server->ready_fd, EX_OK);
	reload_tell_manager(&server->reload);
	status = wait_for_end(server, fault);
	(void)pthread_join(server->filter_thread, NULL);
	if (status == STATUS_OK && atomic_load(&server->filter_failed))
		status = fault_set(fault, STATUS_IO, "the filter has ended");
	return status;
}

bool
service_is_quiet(const struct server *server)
{
	struct timespec pause = {0, 10 * 1000 * 1000};
	int64_t until = clock_monotonic_us() + STOP_WAIT_MS * 1000;

	if (server->sockets.filter == NULL)
		return true;
	while (filter_connections(server->sockets.filter) > 0) {
		if (clock_monotonic_us() > until)
			return false;
		(void)nanosleep(&pause, NULL);
	}
	return true;
}
