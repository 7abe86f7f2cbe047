/*
 * The plan of hopseal's own side of attach: hopseal.conf and the folder of
 * its sockets. attachhopsealdo.c carries it out.
 */
#include "milter/ctl/attach.h"

#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "milter/ctl/attachconf.h"
#include "milter/system/endpoint.h"

enum { NAME_LEN = 1200 };

/* Is the socket one that a process with that root directory can see? */
static bool
is_seen(const char *socket, const char *queue)
{
	struct endpoint endpoint;
	size_t len;

	if (queue == NULL ||
	    endpoint_parse(slice_of(socket), &endpoint, NULL) != STATUS_OK ||
	    endpoint.family != AF_UNIX)
		return true;
	len = strlen(queue);
	return strncmp(endpoint.path, queue, len) == 0 &&
	    endpoint.path[len] == '/';
}

/* `local:QUEUE/hopseal/NAME`. */
static const char *
socket_below(struct plan *plan, const char *queue, const char *name)
{
	char text[NAME_LEN];

	(void)snprintf(text, sizeof(text), "local:%s/hopseal/%s", queue,
	    name);
	return plan_text(plan, text);
}

/*
 * What a socket is, or has to become. The default may be replaced; what an
 * administrator chose is his.
 */
static enum status
choose(struct attach *attach, const struct attach_view *view,
    const char *current, const char *usual, const char **out,
    struct fault *fault)
{
	const char *name = strrchr(usual, '/') + 1;

	*out = current == NULL ? usual : current;
	if (is_seen(*out, view->queue))
		return STATUS_OK;
	if (strcmp(*out, usual) != 0)
		return fault_set(fault, STATUS_SYNTAX, "%s names the socket "
		    "%s, and the MTA runs in a chroot where only what lies "
		    "below %s is seen; write \"local:%s/hopseal/%s\" there, "
		    "restart hopseald, and run this again",
		    attach->config_file, *out, view->queue, view->queue,
		    name);
	*out = socket_below(&attach->plan, view->queue, name);
	return *out == NULL ? fault_set(fault, STATUS_NOMEM, "no memory")
			    : STATUS_OK;
}

static bool
needs_edit(const struct attach *attach, const struct attach_view *view)
{
	return attach->config == NULL ||
	    strcmp(view->socket, attach->config->socket) != 0 ||
	    (view->nexthop != NULL &&
		strcmp(view->nexthop, attach->config->nexthop.socket) != 0);
}

static enum status
plan_conf(struct attach *attach, const struct attach_view *view,
    struct fault *fault)
{
	struct step *step;
	struct buf text, shown;
	enum status status = STATUS_OK;

	if (!needs_edit(attach, view))
		return STATUS_OK;
	buf_init(&text, ATTACHCONF_MAX);
	buf_init(&shown, ATTACHCONF_MAX);
	if (attach->config == NULL) {
		attachconf_new(view, &text);
		buf_put_slice(&shown, buf_slice(&text));
	} else {
		status = attachconf_edit(
		    attach, view, &text, &shown, fault);
	}
	step = plan_add(&attach->plan, STEP_FILE, attach->config_file);
	if (status == STATUS_OK && step != NULL) {
		step->is_ours = true;
		step->value = plan_text(&attach->plan, buf_text(&text));
		step->shown = plan_text(&attach->plan, buf_text(&shown));
		step->why = attach->config == NULL
		    ? "there is no such file yet; this one only observes"
		    : "the MTA's processes see only what lies in their chroot";
	}
	if (status == STATUS_OK && (step == NULL || step->value == NULL ||
		step->shown == NULL))
		status = fault_set(fault, STATUS_NOMEM, "no memory");
	buf_clear(&text);
	buf_clear(&shown);
	return status;
}

/* The socket's folder, if it is not there. */
static enum status
plan_folder(struct attach *attach, const struct attach_view *view,
    struct fault *fault)
{
	const struct config *config = attach->config;
	struct endpoint endpoint;
	struct step *step;
	const char *folder;

	if (endpoint_parse(slice_of(view->socket), &endpoint, fault) !=
		STATUS_OK || endpoint.family != AF_UNIX)
		return STATUS_OK;
	folder = dirname(endpoint.path);
	if (access(folder, F_OK) == 0)
		return STATUS_OK;
	step = plan_add(&attach->plan, STEP_FOLDER, folder);
	if (step == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory");
	step->is_ours = true;
	step->owner = config == NULL ? "hopseal" : config->user;
	step->group = view->group;
	if (config != NULL && config->socket_group != NULL)
		step->group = config->socket_group;
	if (step->group == NULL)
		step->group = step->owner;
	step->mode = view->queue == NULL ? 0755 : 0750;
	step->why = "hopseald makes its sockets there, and only the MTA may "
		    "use them";
	return STATUS_OK;
}

enum status
attach_plan_hopseal(struct attach *attach, struct attach_view *view,
    struct fault *fault)
{
	const struct config *config = attach->config;
	enum status status;

	view->nexthop = NULL;
	status = choose(attach, view, config == NULL ? NULL : config->socket,
	    ATTACHCONF_SOCKET, &view->socket, fault);
	if (status == STATUS_OK && view->wants_nexthop &&
	    (config == NULL || config->nexthop.socket != NULL))
		status = choose(attach, view,
		    config == NULL ? NULL : config->nexthop.socket,
		    ATTACHCONF_NEXTHOP, &view->nexthop, fault);
	if (status == STATUS_OK)
		status = plan_conf(attach, view, fault);
	if (status == STATUS_OK)
		status = plan_folder(attach, view, fault);
	return status;
}
