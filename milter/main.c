/*
 * hopseald: start order, and its mirror image.
 *
 * options, configuration (keys read), sockets bound, privileges dropped,
 * ledger opened, signals blocked, threads; then this thread waits for
 * signals, and everything is undone in reverse.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/config/snapshot.h"
#include "milter/filter/filter.h"
#include "milter/lookup/responder.h"
#include "milter/maillog/follower.h"
#include "milter/system/clock.h"
#include "milter/system/log.h"
#include "milter/system/notify.h"
#include "milter/system/privileges.h"

enum { STOP_WAIT_MS = 3000 };

struct options {
	const char *file;
	bool foreground;
	bool check_only;
	bool verbose;
};

/* Everything that main owns. */
struct server {
	struct options options;
	struct log *log;
	struct snapshot *first; /* until the slot has it */
	struct snapshot_slot *snapshots;
	struct endpoint endpoint;
	struct ledger *ledger;
	struct filter *filter;
	int nexthop_fd; /* bound, until the responder has it; -1: none */
	struct responder *nexthop;
	struct follower *follower;
	pthread_t filter_thread;
	_Atomic bool filter_ended;
	_Atomic bool filter_failed;
	pthread_t main_thread;
	int ready_fd; /* where the parent waits; -1: nobody does */
};

static void
usage(FILE *out)
{
	(void)fputs("usage: hopseald [-fhnVv] [-c file]\n", out);
}

/* Returns -1 to go on, else the exit code. */
static int
read_options(int argc, char **argv, struct options *out)
{
	int option;

	memset(out, 0, sizeof(*out));
	out->file = CONFIG_DEFAULT_FILE;
	while ((option = getopt(argc, argv, "c:fnVvh")) != -1) {
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

static void
report_error(void *context, const char *sentence)
{
	log_line(context, LOG_LEVEL_ERROR, "%s", sentence);
}

static enum log_level
threshold_of(const struct server *server, const struct config *config)
{
	return server->options.verbose ? LOG_LEVEL_DEBUG : config->log_level;
}

/* The MTA's group may use the socket, whoever the daemon runs as. */
static enum status
find_owner(const struct config *config, struct endpoint_owner *out,
    struct account *account, struct fault *fault)
{
	enum status status = STATUS_OK;

	out->user = (uid_t)-1;
	out->group = (gid_t)-1;
	out->mode = config->socket_mode;
	if (privileges_are_root()) {
		status = account_find(config->user, account, fault);
		out->user = account->user;
	}
	if (status == STATUS_OK && config->socket_group != NULL)
		status = group_find(config->socket_group, &out->group, fault);
	return status;
}

static enum status
bind_socket(struct server *server, const struct config *config,
    const struct endpoint_owner *owner, struct fault *fault)
{
	enum status status =
	    endpoint_parse(slice_of(config->socket), &server->endpoint, fault);
	mode_t mask;

	if (status == STATUS_OK)
		status = endpoint_vacate(&server->endpoint, fault);
	if (status != STATUS_OK)
		return status;
	/* Nobody gets in before endpoint_own has said who may. */
	mask = umask(0177);
	status = filter_open(config->socket, &server->endpoint,
	    &server->filter, fault);
	(void)umask(mask);
	if (status != STATUS_OK)
		return status;
	return endpoint_own(&server->endpoint, owner, fault);
}

static enum status
bind_nexthop(struct server *server, const struct config *config,
    const struct endpoint_owner *filter_owner, struct fault *fault)
{
	struct endpoint_owner owner = *filter_owner;
	struct endpoint endpoint;
	enum status status;

	if (config->nexthop.socket == NULL)
		return STATUS_OK;
	owner.mode = config->nexthop.socket_mode;
	status =
	    endpoint_parse(slice_of(config->nexthop.socket), &endpoint, fault);
	if (status == STATUS_OK)
		status = endpoint_vacate(&endpoint, fault);
	if (status == STATUS_OK)
		status = endpoint_listen(&endpoint, &owner,
		    &server->nexthop_fd, fault);
	return status;
}

/*
 * After privileges are dropped a reload must still be able to read what was
 * read as root. It is better to hear so now than at the first reload.
 */
static void
warn_of_unreadable(const struct server *server, const struct config *config)
{
	const char *const files[] = {server->options.file,
	    config->domains_file, config->stamp.key_file};
	size_t i;

	for (i = 0; i < LENGTH(files); i++)
		if (files[i] != NULL && access(files[i], R_OK) != 0)
			log_line(server->log, LOG_LEVEL_WARNING,
			    "%s cannot be read by user %s: changes to it will "
			    "need a restart instead of a reload; mend it with: "
			    "chgrp %s %s && chmod g+r %s",
			    files[i], config->user, config->user, files[i],
			    files[i]);
}

/* From root to the configured user, with the socket bound in between. */
static enum status
open_and_drop(struct server *server, const struct config *config,
    struct fault *fault)
{
	struct endpoint_owner owner;
	struct account account;
	enum status status = find_owner(config, &owner, &account, fault);

	if (status == STATUS_OK)
		status = bind_socket(server, config, &owner, fault);
	if (status == STATUS_OK)
		status = bind_nexthop(server, config, &owner, fault);
	if (status == STATUS_OK && privileges_are_root()) {
		status = privileges_drop(config->user, &account, owner.group,
		    fault);
		if (status == STATUS_OK)
			warn_of_unreadable(server, config);
	}
	privileges_harden();
	return status;
}

static void
report_ledger(void *context, bool is_fault, const char *sentence)
{
	log_line(context, is_fault ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
	    "ledger: %s", sentence);
}

static enum ledger_durability
durability_of(enum durability durability)
{
	switch (durability) {
	case DURABILITY_QUEUED:
		return LEDGER_QUEUED;
	case DURABILITY_COMMIT:
		return LEDGER_COMMIT;
	case DURABILITY_FSYNC:
		break;
	}
	return LEDGER_FSYNC;
}

static enum status
open_ledger(struct server *server, const struct config *config,
    struct fault *fault)
{
	const struct ledger_config *ledger = &config->ledger;
	char host[256] = "localhost";
	struct ledger_options options = {
	    .path = ledger->path,
	    .host = config->hostname,
	    .durability = durability_of(ledger->durability),
	    .keep_days = ledger->keep_days,
	    .keep_summary_days = ledger->keep_summary_days,
	    .max_domains_per_day = ledger->max_domains_per_day,
	    .report = report_ledger,
	    .context = server->log,
	};

	if (ledger->path == NULL)
		return STATUS_OK;
	if (options.host == NULL) {
		(void)gethostname(host, sizeof(host) - 1);
		options.host = host;
	}
	return ledger_open(&options, &server->ledger, fault);
}

/*
 * The parent waits until the child serves, so that a start script hears of
 * every failure. Returns true in the process that goes on.
 */
static bool
become_daemon(struct server *server, int *code)
{
	int ends[2];
	unsigned char byte = EX_OSERR;
	pid_t child;

	if (pipe(ends) != 0 || (child = fork()) < 0) {
		struct fault fault;

		(void)fault_errno(&fault, STATUS_IO, errno, "cannot fork");
		log_line(server->log, LOG_LEVEL_ERROR, "%s", fault.text);
		*code = EX_OSERR;
		return false;
	}
	if (child == 0) {
		(void)close(ends[0]);
		server->ready_fd = ends[1];
		(void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
		(void)setsid();
		return true;
	}
	(void)close(ends[1]);
	if (read(ends[0], &byte, 1) != 1)
		byte = EX_OSERR;
	*code = byte;
	return false;
}

static void
tell_parent(struct server *server, int code)
{
	unsigned char byte = (unsigned char)code;

	if (server->ready_fd < 0)
		return;
	if (write(server->ready_fd, &byte, 1) != 1)
		log_line(server->log, LOG_LEVEL_DEBUG, "no parent waits");
	(void)close(server->ready_fd);
	server->ready_fd = -1;
}

/*
 * Let go of the terminal; standard error stays if the log goes there. A
 * configuration file named from this folder must be found at a reload.
 */
static void
detach_terminal(const struct options *options, const struct config *config)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || (options->file[0] == '/' && chdir("/") != 0))
		return;
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	if (config->log == LOG_SINK_SYSLOG)
		(void)dup2(null, STDERR_FILENO);
	(void)close(null);
}

/* Signals that this thread waits for; SIGUSR2 says that the filter ended. */
static void
fill_signals(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGHUP);
	(void)sigaddset(set, SIGUSR1);
	(void)sigaddset(set, SIGUSR2);
}

static void *
run_filter(void *context)
{
	struct server *server = context;
	struct txn_env env = {server->snapshots, server->log, server->ledger};

	if (filter_run(server->filter, &env) != STATUS_OK) {
		atomic_store(&server->filter_failed, true);
		log_line(server->log, LOG_LEVEL_ERROR,
		    "libmilter gave up; it has logged the cause to syslog");
	}
	atomic_store(&server->filter_ended, true);
	/* Whatever ended it, main must hear of it. */
	(void)pthread_kill(server->main_thread, SIGUSR2);
	return NULL;
}

static bool
text_differs(const char *a, const char *b)
{
	return !slice_equal(slice_of(a), slice_of(b));
}

/* What is bound, opened or taken on at start stays until a restart. */
static void
warn_of_restart(const struct server *server, const struct config *old,
    const struct config *new)
{
	const struct {
		const char *option;
		bool differs;
	} options[] = {
	    {"socket", text_differs(old->socket, new->socket)},
	    {"socket-mode", old->socket_mode != new->socket_mode},
	    {"socket-group",
		text_differs(old->socket_group, new->socket_group)},
	    {"user", text_differs(old->user, new->user)},
	    {"log", old->log != new->log},
	    {"path of the ledger",
		text_differs(old->ledger.path, new->ledger.path)},
	    {"durability of the ledger",
		old->ledger.durability != new->ledger.durability},
	    {"mail-log of outbound",
		text_differs(old->outbound.mail_log, new->outbound.mail_log)},
	    {"socket of nexthop",
		text_differs(old->nexthop.socket, new->nexthop.socket)},
	};
	size_t i;

	for (i = 0; i < LENGTH(options); i++)
		if (options[i].differs)
			log_line(server->log, LOG_LEVEL_WARNING,
			    "%s has changed, which takes effect with a "
			    "restart, not with a reload", options[i].option);
}

static void
reload(struct server *server)
{
	struct snapshot *current, *next = NULL;
	const struct config *config;
	enum status status;

	notify_reloading();
	current = snapshot_slot_acquire(server->snapshots);
	status = snapshot_reread(server->options.file, current, report_error,
	    server->log, &next);
	if (status == STATUS_OK) {
		config = snapshot_config(next);
		warn_of_restart(server, snapshot_config(current), config);
		warn_of_unreadable(server, config);
		log_set_threshold(server->log, threshold_of(server, config));
		if (server->ledger != NULL)
			ledger_limits(server->ledger,
			    config->ledger.keep_days,
			    config->ledger.keep_summary_days,
			    config->ledger.max_domains_per_day);
		log_line(server->log, LOG_LEVEL_INFO,
		    "reloaded file=%s operation=%s domains=%zu",
		    server->options.file, operation_name(config->operation),
		    table_domains(config->table));
		snapshot_slot_swap(server->snapshots, next);
	} else {
		log_line(server->log, LOG_LEVEL_ERROR,
		    "%s was not loaded, the policy in force stays",
		    server->options.file);
	}
	snapshot_release(&current);
	notify_send("READY=1");
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
	filter_stop(server->filter);
	while (!atomic_load(&server->filter_ended)) {
		(void)sigtimedwait(&ended, NULL, &pause);
		filter_wake(server->filter);
	}
}

/* Serve signals until one says stop. */
static void
wait_for_end(const sigset_t *set, struct server *server)
{
	int64_t watchdog_ms = notify_watchdog_ms();
	int got;

	for (;;) {
		got = next_signal(set, watchdog_ms);
		if (got == SIGUSR1)
			reload(server);
		else if (got != 0 &&
		    (got != SIGUSR2 || atomic_load(&server->filter_ended)))
			break;
		notify_send("WATCHDOG=1");
	}
	notify_send("STOPPING=1");
	if (got != SIGUSR2)
		stop_filter(server);
}

/* Evidence of deliveries, if the MTA's log is named and a ledger kept. */
static enum status
follow_mail_log(struct server *server, const struct config *config,
    struct fault *fault)
{
	struct follower_options options = {
	    .file = config->outbound.mail_log,
	    .ledger_path = config->ledger.path,
	    .user = config->user,
	    .ledger = server->ledger,
	    .snapshots = server->snapshots,
	    .log = server->log,
	};

	if (options.file == NULL || options.ledger == NULL)
		return STATUS_OK;
	return follower_start(&options, &server->follower, fault);
}

/* Everything that works beside the filter. All threads block signals. */
static enum status
start_threads(struct server *server, const struct config *config,
    struct fault *fault)
{
	enum status status = STATUS_OK;
	sigset_t set;

	fill_signals(&set);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (server->ledger != NULL)
		status = ledger_start(server->ledger, fault);
	if (status == STATUS_OK && server->nexthop_fd >= 0)
		status = responder_start(server->nexthop_fd,
		    server->snapshots, server->log, &server->nexthop, fault);
	if (status == STATUS_OK)
		status = follow_mail_log(server, config, fault);
	return status;
}

static enum status
serve(struct server *server, struct fault *fault)
{
	sigset_t set;
	int error;

	fill_signals(&set);
	server->main_thread = pthread_self();
	error = pthread_create(&server->filter_thread, NULL, run_filter,
	    server);
	if (error != 0)
		return fault_errno(fault, STATUS_IO, error,
		    "cannot start the filter thread");
	tell_parent(server, EX_OK);
	notify_send("READY=1");
	wait_for_end(&set, server);
	(void)pthread_join(server->filter_thread, NULL);
	if (atomic_load(&server->filter_failed))
		return fault_set(fault, STATUS_IO, "the filter has ended");
	return STATUS_OK;
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

	while (filter_connections(server->filter) > 0) {
		if (clock_monotonic_us() > until)
			return false;
		(void)nanosleep(&pause, NULL);
	}
	return true;
}

/* Asked for, but not there yet: silence would be a promise. */
static void
warn_of_missing(const struct server *server, const struct config *config)
{
	if (config->metrics_socket != NULL)
		log_line(server->log, LOG_LEVEL_WARNING,
		    "socket of metrics is set, but this version serves no "
		    "metrics");
	if (config->stamp.authentication_results)
		log_line(server->log, LOG_LEVEL_WARNING,
		    "authentication-results is set, but this version adds no "
		    "such field");
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
	struct snapshot *held = snapshot_slot_acquire(server->snapshots);
	const struct config *config = snapshot_config(held);
	struct fault fault = {STATUS_OK, ""};
	enum status status = open_and_drop(server, config, &fault);

	if (status == STATUS_OK)
		status = open_ledger(server, config, &fault);
	if (status == STATUS_OK) {
		log_set_threshold(server->log, threshold_of(server, config));
		log_set_sink(server->log, config->log);
		log_start(server, config);
		warn_of_missing(server, config);
		if (!server->options.foreground)
			detach_terminal(&server->options, config);
		status = start_threads(server, config, &fault);
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

/* Returns -1 to go on, else the exit code. */
static int
read_configuration(struct server *server)
{
	enum status status;

	if (log_open(LOG_SINK_STDERR, LOG_LEVEL_INFO, &server->log) !=
	    STATUS_OK)
		return EX_OSERR;
	status = snapshot_read(server->options.file, report_error,
	    server->log, &server->first);
	if (status != STATUS_OK)
		return EX_CONFIG;
	if (server->options.check_only) {
		(void)printf("%s: no errors\n", server->options.file);
		snapshot_release(&server->first);
		return EX_OK;
	}
	status = snapshot_slot_new(server->first, &server->snapshots);
	return status == STATUS_OK ? -1 : EX_OSERR;
}

/*
 * Descriptors 0 to 2 must be taken: else the ledger or the socket would get
 * one of them, and log lines or detach_terminal would destroy it.
 */
static bool
keep_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd >= 0 && close(fd) == 0;
}

int
main(int argc, char **argv)
{
	struct server server;
	bool is_quiet = true;
	int code;

	memset(&server, 0, sizeof(server));
	server.ready_fd = -1;
	server.nexthop_fd = -1;
	if (!keep_standard_descriptors())
		return EX_OSERR;
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	code = read_options(argc, argv, &server.options);
	if (code < 0)
		code = read_configuration(&server);
	if (code >= 0) {
		log_close(&server.log);
		return code;
	}
	if (server.options.foreground || become_daemon(&server, &code))
		code = run(&server);
	tell_parent(&server, code);
	if (server.filter != NULL)
		is_quiet = wait_for_sessions(&server);
	follower_stop(&server.follower);
	responder_stop(&server.nexthop);
	ledger_close(server.ledger);
	if (!is_quiet) /* no exit handler may pull the rug from under them */
		_exit(code);
	if (server.filter != NULL)
		filter_free(&server.filter);
	ledger_free(&server.ledger);
	snapshot_slot_free(&server.snapshots);
	log_close(&server.log);
	return code;
}
