#include "milter/server/sockets.h"

#include <sys/stat.h>
#include <unistd.h>

#include "milter/system/confine.h"
#include "milter/system/endpoint.h"
#include "milter/system/privileges.h"

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
bind_filter(const struct config *config, const struct endpoint_owner *owner,
    struct filter **out, struct fault *fault)
{
	struct endpoint endpoint;
	enum status status =
	    endpoint_parse(slice_of(config->socket), &endpoint, fault);
	mode_t mask;

	if (status == STATUS_OK)
		status = endpoint_vacate(&endpoint, fault);
	if (status != STATUS_OK)
		return status;
	/* Nobody gets in before endpoint_own has said who may. */
	mask = umask(0177);
	status = filter_open(config->socket, &endpoint, out, fault);
	(void)umask(mask);
	if (status != STATUS_OK)
		return status;
	return endpoint_own(&endpoint, owner, fault);
}

/* socket NULL: none is configured, and *out stays. */
static enum status
bind_listener(const char *socket, mode_t mode,
    const struct endpoint_owner *filter_owner, int *out, struct fault *fault)
{
	struct endpoint_owner owner = *filter_owner;
	struct endpoint endpoint;
	enum status status;

	if (socket == NULL)
		return STATUS_OK;
	owner.mode = mode;
	status = endpoint_parse(slice_of(socket), &endpoint, fault);
	if (status == STATUS_OK)
		status = endpoint_vacate(&endpoint, fault);
	if (status == STATUS_OK)
		status = endpoint_listen(&endpoint, &owner, out, fault);
	return status;
}

void
sockets_warn_of_unreadable(const struct config *config,
    const char *config_file, struct log *log)
{
	const char *const files[] = {config_file,
	    config->domains_file, config->stamp.key_file};
	size_t i;

	for (i = 0; i < LENGTH(files); i++)
		if (files[i] != NULL && access(files[i], R_OK) != 0)
			log_line(log, LOG_LEVEL_WARNING,
			    "%s cannot be read by user %s: changes to it will "
			    "need a restart instead of a reload; mend it with: "
			    "chgrp %s %s && chmod g+r %s",
			    files[i], config->user, config->user, files[i],
			    files[i]);
}

enum status
sockets_open(const struct config *config, const char *config_file,
    struct log *log, struct sockets *out, struct fault *fault)
{
	struct endpoint_owner owner;
	struct account account;
	enum status status = find_owner(config, &owner, &account, fault);

	if (status == STATUS_OK)
		status = bind_filter(config, &owner, &out->filter, fault);
	if (status == STATUS_OK)
		status = bind_listener(config->nexthop.socket,
		    config->nexthop.socket_mode, &owner, &out->nexthop_fd,
		    fault);
	if (status == STATUS_OK)
		status = bind_listener(config->metrics.socket,
		    config->metrics.socket_mode, &owner, &out->metrics_fd,
		    fault);
	if (status == STATUS_OK && privileges_are_root()) {
		status = privileges_drop(config->user, &account, owner.group,
		    fault);
		if (status == STATUS_OK)
			sockets_warn_of_unreadable(config, config_file, log);
	}
	privileges_harden();
	/* libmilter is woken through its own socket, which may be TCP. */
	if (status == STATUS_OK &&
	    !confine(slice_begins_nocase(slice_of(config->socket), "inet")))
		log_line(log, LOG_LEVEL_WARNING, "the kernel takes no seccomp "
		    "filter: hopseald runs without one");
	return status;
}
