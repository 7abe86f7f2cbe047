/*
 * hopseald: start order, and its mirror image.
 *
 * options, key holder forked, configuration (keys read), processes of the
 * fleet forked, sockets bound, privileges dropped here and there, ledger opened, signals blocked, threads; then this thread waits for
 * signals, and everything is undone in reverse.
 */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/config/snapshot.h"
#include "milter/filter/filter.h"
#include "milter/fleet/fleet.h"
#include "milter/fleet/poll.h"
#include "milter/lookup/responder.h"
#include "milter/server/detach.h"
#include "milter/server/figures.h"
#include "milter/server/recorder.h"
#include "milter/server/reload.h"
#include "milter/server/sockets.h"
#include "milter/stamp/keyholder.h"
#include "milter/system/clock.h"
#include "milter/system/descriptors.h"
#include "milter/system/log.h"
#include "milter/system/notify.h"

enum { STOP_WAIT_MS = 3000 };

struct options {
	const char *file;
	bool foreground;
	bool check_only;
	bool verbose;
	const char *metrics_file; /* NULL: none */
};

/* Everything that main owns. */
struct server {
	struct options options;
	struct log *log;
	struct keyholder *keys;
	struct fleet *fleet; /* NULL: this host is no part of one */
	struct snapshot *first; /* until the slot has it */
	struct snapshot_slot *snapshots;
	struct ledger *ledger;
	struct sockets sockets;
	struct responder *nexthop;
	struct follower *follower;
	struct counters counters;
	struct txn_troubles troubles;
	struct reload_state reload_state;
	struct figures figures;
	struct exporter *exporter;
	pthread_t filter_thread;
	_Atomic bool filter_ended;
	_Atomic bool filter_failed;
	pthread_t main_thread;
	int ready_fd; /* where the parent waits; -1: nobody does */
};

static void
usage(FILE *out)
{
	(void)fputs("usage: hopseald [-fhnVv] [-c file] "
		    "[--metrics-textfile file]\n", out);
}

/* Returns -1 to go on, else the exit code. */
static int
read_options(int argc, char **argv, struct options *out)
{
	static const struct option long_options[] = {
	    {"metrics-textfile", required_argument, NULL, 'm'},
	    {NULL, 0, NULL, 0}};
	int option;

	memset(out, 0, sizeof(*out));
	out->file = CONFIG_DEFAULT_FILE;
	while ((option = getopt_long(argc, argv, "c:fnVvh", long_options,
		    NULL)) != -1) {
		switch (option) {
		case 'c':
			out->file = optarg;
			break;
		case 'f':
			out->foreground = true;
			break;
		case 'n':
			out->check_only = true;
			break;
		case 'v':
			out->verbose = true;
			break;
		case 'm':
			out->metrics_file = optarg;
			break;
		case 'V':
			(void)printf("hopseald %s\n", PACKAGE_VERSION);
			return EX_OK;
		case 'h':
			usage(stdout);
			return EX_OK;
		default:
			usage(stderr);
			return EX_USAGE;
		}
	}
	if (optind != argc) {
		usage(stderr);
		return EX_USAGE;
	}
	return -1;
}

/* server->ledger must be open by now, if one is kept. */
static struct reload
reload_of(struct server *server)
{
	struct reload reload = {
	    .file = server->options.file,
	    .keys = server->keys,
	    .verbose = server->options.verbose,
	    .log = server->log,
	    .snapshots = server->snapshots,
	    .ledger = server->ledger,
	    .board = fleet_board(server->fleet),
	    .counters = &server->counters,
	    .state = &server->reload_state,
	};

	return reload;
}

/*
 * Signals that this thread waits for; SIGUSR2 says that the filter ended,
 * SIGCHLD that the key holder or the processes of the fleet may have.
 */
static void
fill_signals(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGHUP);
	(void)sigaddset(set, SIGUSR1);
	(void)sigaddset(set, SIGUSR2);
	(void)sigaddset(set, SIGCHLD);
}

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

/* Wait for the next signal, or for the watchdog's turn (0: it has none). */
static int
next_signal(const sigset_t *set, int64_t watchdog_ms)
{
	struct timespec wait;
	int got;

	if (watchdog_ms == 0)
		return sigwait(set, &got) == 0 ? got : 0;
	wait.tv_sec = watchdog_ms / 1000;
	wait.tv_nsec = watchdog_ms % 1000 * 1000000;
	got = sigtimedwait(set, NULL, &wait);
	return got > 0 ? got : 0;
}

/* Returns when the filter thread has said that it ends. */
static void
stop_filter(struct server *server)
{
	struct timespec pause = {0, 50 * 1000 * 1000};
	sigset_t ended;

	(void)sigemptyset(&ended);
	(void)sigaddset(&ended, SIGUSR2);
	filter_stop(server->sockets.filter);
	while (!atomic_load(&server->filter_ended)) {
		(void)sigtimedwait(&ended, NULL, &pause);
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
wait_for_end(const sigset_t *set, struct server *server, struct fault *fault)
{
	struct reload reload = reload_of(server);
	int64_t watchdog_ms = notify_watchdog_ms();
	int got = next_signal(set, watchdog_ms);

	while (!is_end(server, got, fault)) {
		if (got == SIGUSR1)
			reload_now(&reload);
		notify_send("WATCHDOG=1");
		got = next_signal(set, watchdog_ms);
	}
	notify_send("STOPPING=1");
	if (got != SIGUSR2)
		stop_filter(server);
	return got == SIGCHLD ? STATUS_IO : STATUS_OK;
}

/* For those who watch, if the configuration or the command line says so. */
static enum status
export_figures(struct server *server, struct fault *fault)
{
	struct exporter_options options = {
	    .listener = server->sockets.metrics_fd,
	    .file = server->options.metrics_file,
	    .render = figures_render,
	    .context = &server->figures,
	    .log = server->log,
	};

	server->figures = (struct figures){
	    .counters = &server->counters,
	    .reload = &server->reload_state,
	    .filter = server->sockets.filter,
	    .snapshots = server->snapshots,
	    .ledger = server->ledger,
	    .board = fleet_board(server->fleet),
	    .started_ms = clock_wall_ms(),
	};
	atomic_store(&server->reload_state.success_ms, clock_wall_ms());
	if (options.listener < 0 && options.file == NULL)
		return STATUS_OK;
	server->sockets.metrics_fd = -1;
	return exporter_start(&options, &server->exporter, fault);
}

/* Next-hop queries, if a socket is configured. */
static enum status
answer_queries(struct server *server, struct fault *fault)
{
	struct responder_env env = {server->snapshots, server->log,
	    &server->counters};

	if (server->sockets.nexthop_fd < 0)
		return STATUS_OK;
	return responder_start(server->sockets.nexthop_fd, &env,
	    &server->nexthop, fault);
}

/* Everything that works beside the filter. All threads block signals. */
static enum status
start_threads(struct server *server, struct fault *fault)
{
	enum status status = STATUS_OK;
	sigset_t set;

	fill_signals(&set);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (server->ledger != NULL)
		status = ledger_start(server->ledger, fault);
	if (status == STATUS_OK)
		status = answer_queries(server, fault);
	if (status == STATUS_OK)
		status = export_figures(server, fault);
	if (status == STATUS_OK)
		status = recorder_follow(server->ledger, server->snapshots,
		    server->log, &server->follower, fault);
	return status;
}

static enum status
serve(struct server *server, struct fault *fault)
{
	enum status status;
	sigset_t set;
	int error;

	fill_signals(&set);
	server->main_thread = pthread_self();
	error = pthread_create(&server->filter_thread, NULL, run_filter,
	    server);
	if (error != 0)
		return fault_errno(fault, STATUS_IO, error,
		    "cannot start the filter thread");
	detach_tell(server->log, &server->ready_fd, EX_OK);
	notify_send("READY=1");
	status = wait_for_end(&set, server, fault);
	(void)pthread_join(server->filter_thread, NULL);
	if (status == STATUS_OK && atomic_load(&server->filter_failed))
		status = fault_set(fault, STATUS_IO, "the filter has ended");
	return status;
}

/*
 * Sessions may outlive libmilter's main loop. What they can reach is freed
 * only when none is left; returns false when some are.
 */
static bool
wait_for_sessions(const struct server *server)
{
	struct timespec pause = {0, 10 * 1000 * 1000};
	int64_t until = clock_monotonic_us() + STOP_WAIT_MS * 1000;

	while (filter_connections(server->sockets.filter) > 0) {
		if (clock_monotonic_us() > until)
			return false;
		(void)nanosleep(&pause, NULL);
	}
	return true;
}

static void
log_start(const struct server *server, const struct config *config)
{
	log_line(server->log, LOG_LEVEL_INFO,
	    "hopseald %s serves socket=%s operation=%s domains=%zu stamp=%s",
	    PACKAGE_VERSION, config->socket,
	    operation_name(config->operation), table_domains(config->table),
	    config->stamp.domain == NULL ? "none" : config->stamp.domain);
}

/* Everything after the configuration was read. Returns the exit code. */
static int
run(struct server *server)
{
	struct reload reload = reload_of(server);
	struct snapshot *held = snapshot_slot_acquire(server->snapshots);
	const struct config *config = snapshot_config(held);
	struct fault fault = {STATUS_OK, ""};
	enum status status = sockets_open(config, server->options.file,
	    server->log, &server->sockets, &fault);

	if (status == STATUS_OK)
		status = keyholder_confine(server->keys, config->user,
		    server->log, &fault);
	if (status == STATUS_OK)
		status = recorder_open(config, fleet_board(server->fleet),
		    server->log, &server->ledger, &fault);
	if (status == STATUS_OK) {
		reload_log_level(&reload, config);
		log_set_sink(server->log, config->log);
		log_start(server, config);
		reload_tell_fleet(reload.board, config);
		reload_log_edition(config, server->log);
		reload_warn_of_sections(config, server->options.file,
		    server->log);
		if (!server->options.foreground)
			detach_terminal(server->options.file,
			    config->log != LOG_SINK_SYSLOG);
		status = start_threads(server, &fault);
	}
	/* Or the first configuration and its key would live for ever. */
	snapshot_release(&held);
	if (status == STATUS_OK)
		status = serve(server, &fault);
	if (status == STATUS_OK)
		return EX_OK;
	log_line(server->log, LOG_LEVEL_ERROR, "%s", fault.text);
	return status == STATUS_IO ? EX_OSERR : EX_CONFIG;
}

/*
 * Its end must not go unheard: so SIGCHLD is blocked from here on, and SIGUSR1
 * with it, which a process of the fleet may send as soon as there is one.
 */
static enum status
hold_keys(struct server *server)
{
	struct fault fault;
	enum status status;
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	status = keyholder_start(&server->keys, &fault);
	if (status != STATUS_OK)
		log_line(server->log, LOG_LEVEL_ERROR, "%s", fault.text);
	return status;
}

/* The first policy of the fleet, if there is none here. -1 to go on. */
static int
fetch_policy(struct server *server)
{
	struct config *config = NULL;
	struct fault fault = {STATUS_OK, ""};
	enum status status = config_read_local(server->options.file,
	    reload_report, server->log, &config);
	int code = EX_CONFIG;

	if (status == STATUS_OK)
		status = fleet_check(config, reload_report, server->log, NULL);
	if (status == STATUS_OK && server->options.check_only) {
		(void)printf("%s: no errors; %s is not there yet, hopseald "
		    "fetches it when it starts\n", server->options.file,
		    config->policy_snapshot);
		code = EX_OK;
	} else if (status == STATUS_OK) {
		status = poll_first(config, server->log, &fault);
		if (status == STATUS_OK)
			code = -1;
		else
			code = EX_TEMPFAIL;
	}
	if (fault.status != STATUS_OK)
		log_line(server->log, LOG_LEVEL_ERROR, "%s", fault.text);
	config_free(&config);
	return code;
}

/* Returns -1 to go on, else the exit code. */
static int
read_configuration(struct server *server)
{
	const struct snapshot_source source = {server->options.file,
	    server->keys, reload_report, server->log};
	enum status status;
	int code;

	if (config_awaits_policy(server->options.file)) {
		code = fetch_policy(server);
		if (code >= 0)
			return code;
	}
	status = snapshot_read(&source, &server->first);
	if (status == STATUS_OK)
		status = fleet_check(snapshot_config(server->first),
		    reload_report, server->log, server->log);
	if (status != STATUS_OK) {
		snapshot_release(&server->first);
		return EX_CONFIG;
	}
	if (server->options.check_only) {
		(void)printf("%s: no errors\n", server->options.file);
		snapshot_release(&server->first);
		return EX_OK;
	}
	status = snapshot_slot_new(server->first, &server->snapshots);
	return status == STATUS_OK ? -1 : EX_OSERR;
}

/* Before anything is bound, opened or confined. -1 to go on, else the code. */
static int
start_fleet(struct server *server)
{
	struct fault fault;

	if (fleet_start(snapshot_config(server->first), server->options.file,
		&server->fleet, &fault) == STATUS_OK)
		return -1;
	log_line(server->log, LOG_LEVEL_ERROR, "%s", fault.text);
	return EX_OSERR;
}

/*
 * From here on in the process that serves, unless it only checks. Returns -1
 * to go on, else the exit code.
 */
static int
prepare(struct server *server)
{
	const struct options *options = &server->options;
	int code = EX_OSERR;

	if (log_open(LOG_SINK_STDERR, LOG_LEVEL_INFO, &server->log) !=
	    STATUS_OK)
		return EX_OSERR;
	if (!options->foreground && !options->check_only &&
	    !detach_fork(server->log, &server->ready_fd, &code))
		return code;
	if (hold_keys(server) != STATUS_OK)
		return EX_OSERR;
	code = read_configuration(server);
	return code < 0 ? start_fleet(server) : code;
}

int
main(int argc, char **argv)
{
	struct server server;
	bool is_quiet = true;
	int code;

	memset(&server, 0, sizeof(server));
	server.ready_fd = -1;
	server.sockets.nexthop_fd = server.sockets.metrics_fd = -1;
	if (!detach_keep_descriptors())
		return EX_OSERR;
	descriptors_raise();
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	code = read_options(argc, argv, &server.options);
	if (code < 0)
		code = prepare(&server);
	if (code < 0)
		code = run(&server);
	detach_tell(server.log, &server.ready_fd, code);
	if (server.sockets.filter != NULL)
		is_quiet = wait_for_sessions(&server);
	exporter_stop(&server.exporter);
	follower_stop(&server.follower);
	responder_stop(&server.nexthop);
	fleet_stop(server.fleet);
	ledger_close(server.ledger);
	if (!is_quiet) /* no exit handler may pull the rug from under them */
		_exit(code);
	if (server.sockets.filter != NULL)
		filter_free(&server.sockets.filter);
	ledger_free(&server.ledger);
	fleet_free(&server.fleet);
	snapshot_slot_free(&server.snapshots);
	keyholder_stop(&server.keys);
	log_close(&server.log);
	return code;
}
