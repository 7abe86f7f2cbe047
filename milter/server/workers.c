#include "milter/server/workers.h"

#include "milter/server/recorder.h"
#include "milter/system/clock.h"

static enum status
write_ledger(struct server *server, struct fault *fault)
{
	if (server->ledger == NULL)
		return STATUS_OK;
	return ledger_start(server->ledger, fault);
}

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

static void
gather_figures(struct server *server)
{
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
}

/* If the configuration or the command line says so. */
static enum status
export_figures(struct server *server, struct fault *fault)
{
	struct exporter_options options = {
	    .listener = server->sockets.metrics_fd,
	    .file = server->arguments.metrics_file,
	    .render = figures_render,
	    .context = &server->figures,
	    .log = server->log,
	};

	gather_figures(server);
	if (options.listener < 0 && options.file == NULL)
		return STATUS_OK;
	server->sockets.metrics_fd = -1;
	return exporter_start(&options, &server->exporter, fault);
}

enum status
workers_start(struct server *server, struct fault *fault)
{
	enum status status = write_ledger(server, fault);

	if (status == STATUS_OK)
		status = answer_queries(server, fault);
	if (status == STATUS_OK)
		status = export_figures(server, fault);
	if (status == STATUS_OK)
		status = recorder_follow(server->ledger, server->snapshots,
		    server->log, &server->follower, fault);
	return status;
}

void
workers_stop(struct server *server)
{
	exporter_stop(&server->exporter);
	follower_stop(&server->follower);
	responder_stop(&server->nexthop);
}
