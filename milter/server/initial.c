#include "milter/server/initial.h"

#include <stdio.h>
#include <sysexits.h>

#include "milter/fleet/poll.h"

/* There is no policy yet, but the rest can be judged. */
static int
fetch(struct server *server, const struct config *config)
{
	const char *file = server->arguments.file;
	struct fault fault;

	if (fleet_check(config, reload_report, server->log, NULL) != STATUS_OK)
		return EX_CONFIG;
	if (server->arguments.check_only) {
		(void)printf("%s: no errors; %s is not there yet, hopseald "
		    "fetches it when it starts\n", file,
		    config->policy_snapshot);
		return EX_OK;
	}
	if (poll_first(config, server->log, &fault) == STATUS_OK)
		return GO_ON;
	log_line(server->log, LOG_LEVEL_ERROR, "%s", fault.text);
	return EX_TEMPFAIL;
}

static int
fetch_policy(struct server *server)
{
	struct config *config = NULL;
	int code = EX_CONFIG;

	if (config_read_local(server->arguments.file, reload_report,
		server->log, &config) == STATUS_OK)
		code = fetch(server, config);
	config_free(&config);
	return code;
}

/* Takes first. */
static int
put_in_force(struct server *server, struct snapshot *first)
{
	if (snapshot_slot_new(first, &server->snapshots) != STATUS_OK)
		return EX_OSERR;
	server->config = snapshot_config(first);
	return GO_ON;
}

static int
read_all(struct server *server)
{
	const struct snapshot_source source = {server->arguments.file,
	    server->keys, reload_report, server->log};
	struct snapshot *first = NULL;
	enum status status = snapshot_read(&source, &first);

	if (status == STATUS_OK)
		status = fleet_check(snapshot_config(first), reload_report,
		    server->log, server->log);
	if (status == STATUS_OK && !server->arguments.check_only)
		return put_in_force(server, first);
	snapshot_release(&first);
	if (status != STATUS_OK)
		return EX_CONFIG;
	(void)printf("%s: no errors\n", server->arguments.file);
	return EX_OK;
}

int
initial_read(struct server *server)
{
	int code = GO_ON;

	if (config_awaits_policy(server->arguments.file))
		code = fetch_policy(server);
	return code == GO_ON ? read_all(server) : code;
}
