/*
 * hopseald: the order of a start, and its mirror image.
 *
 * Each step is a room's work, or a file's in milter/server/; what it makes is
 * in struct server. The last step serves until a signal says stop; then, and
 * from wherever a start fails, everything is undone in reverse.
 */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/server/detach.h"
#include "milter/server/initial.h"
#include "milter/server/recorder.h"
#include "milter/server/service.h"
#include "milter/server/signals.h"
#include "milter/server/workers.h"
#include "milter/system/descriptors.h"

static int
give_up(struct server *server, const struct fault *fault, int code)
{
	log_line(server->log, LOG_LEVEL_ERROR, "%s", fault->text);
	return code;
}

/* What a step came to: GO_ON, or the exit code, with the fault logged. */
static int
outcome(struct server *server, enum status status, const struct fault *fault)
{
	if (status == STATUS_OK)
		return GO_ON;
	return give_up(server, fault,
	    status == STATUS_IO ? EX_OSERR : EX_CONFIG);
}

static int
open_log(struct server *server)
{
	return log_open(LOG_SINK_STDERR, LOG_LEVEL_INFO, &server->log) ==
		STATUS_OK
	    ? GO_ON
	    : EX_OSERR;
}

static int
fork_daemon(struct server *server)
{
	int code;

	if (server->arguments.foreground || server->arguments.check_only ||
	    detach_fork(server->log, &server->ready_fd, &code))
		return GO_ON;
	return code;
}

static int
fork_keyholder(struct server *server)
{
	struct fault fault;

	signals_block_early();
	if (keyholder_start(&server->keys, &fault) == STATUS_OK)
		return GO_ON;
	return give_up(server, &fault, EX_OSERR);
}

static int
fork_fleet(struct server *server)
{
	struct fault fault;

	if (fleet_start(server->config, server->arguments.file,
		&server->fleet, &fault) == STATUS_OK)
		return GO_ON;
	return give_up(server, &fault, EX_OSERR);
}

static int
bind_sockets(struct server *server)
{
	struct fault fault;
	enum status status = sockets_open(server->config,
	    server->arguments.file, server->log, &server->sockets, &fault);

	return outcome(server, status, &fault);
}

static int
confine_keyholder(struct server *server)
{
	struct fault fault;
	enum status status = keyholder_confine(server->keys,
	    server->config->user, server->log, &fault);

	return outcome(server, status, &fault);
}

static int
open_ledger(struct server *server)
{
	struct fault fault;
	enum status status = recorder_open(server->config,
	    fleet_board(server->fleet), server->log, &server->ledger, &fault);

	return outcome(server, status, &fault);
}

/* From here on as at every reload. */
static int
put_in_force(struct server *server)
{
	server->reload = (struct reload){
	    .file = server->arguments.file,
	    .keys = server->keys,
	    .verbose = server->arguments.verbose,
	    .log = server->log,
	    .snapshots = server->snapshots,
	    .ledger = server->ledger,
	    .board = fleet_board(server->fleet),
	    .counters = &server->counters,
	    .state = &server->reload_state,
	};
	reload_begin(&server->reload, server->config);
	return GO_ON;
}

static int
leave_terminal(struct server *server)
{
	if (!server->arguments.foreground)
		detach_terminal(server->arguments.file,
		    server->config->log != LOG_SINK_SYSLOG);
	return GO_ON;
}

static int
start_workers(struct server *server)
{
	struct fault fault;

	signals_block();
	return outcome(server, workers_start(server, &fault), &fault);
}

static int
serve(struct server *server)
{
	struct fault fault;
	enum status status = service_run(server, &fault);

	return status == STATUS_OK ? EX_OK : outcome(server, status, &fault);
}

/* Returns the exit code. */
static int
start(struct server *server)
{
	static int (*const steps[])(struct server *) = {
	    open_log,
	    fork_daemon,       /* the parent waits to hear how it went */
	    fork_keyholder,    /* before anything from outside is read */
	    initial_read,      /* the configuration, and its keys */
	    fork_fleet,	       /* before anything is bound or opened */
	    bind_sockets,      /* and drop privileges */
	    confine_keyholder, /* it drops them too */
	    open_ledger,       /* as the user who writes it */
	    put_in_force,
	    leave_terminal,
	    start_workers,     /* with signals blocked */
	    serve,	       /* until a signal says stop */
	};
	int code = GO_ON;
	size_t i;

	for (i = 0; i < LENGTH(steps) && code == GO_ON; i++)
		code = steps[i](server);
	return code;
}

/* End all work. Returns false when sessions are left that cannot be ended. */
static bool
stop(struct server *server)
{
	bool is_quiet = service_is_quiet(server);

	workers_stop(server);
	fleet_stop(server->fleet); /* it reads the ledger */
	ledger_close(server->ledger);
	return is_quiet;
}

/* The mirror image of the start. */
static void
clear(struct server *server)
{
	ledger_free(&server->ledger);
	if (server->sockets.filter != NULL)
		filter_free(&server->sockets.filter);
	fleet_free(&server->fleet);
	snapshot_slot_free(&server->snapshots);
	keyholder_stop(&server->keys);
	log_close(&server->log);
}

static void
server_init(struct server *server)
{
	memset(server, 0, sizeof(*server));
	server->ready_fd = -1;
	server->sockets.nexthop_fd = server->sockets.metrics_fd = -1;
}

int
main(int argc, char **argv)
{
	struct server server;
	int code;

	server_init(&server);
	if (!detach_keep_descriptors())
		return EX_OSERR;
	descriptors_raise();
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	code = arguments_read(argc, argv, &server.arguments);
	if (code == GO_ON)
		code = start(&server);
	detach_tell(server.log, &server.ready_fd, code);
	if (!stop(&server))
		_exit(code); /* no exit handler may get at what they use */
	clear(&server);
	return code;
}
