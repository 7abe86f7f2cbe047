/*
 * One Postfix as its processes see it: values, services, sockets.
 */
#include "milter/ctl/doctorpostfix.h"

#include <string.h>
#include <sys/stat.h>

#include "milter/ctl/reach.h"
#include "milter/system/endpoint.h"

const char *
postfix_value(const struct postfix_view *view, const char *name)
{
	const char *value = postfixconf_value(view->conf, name);

	return value == NULL ? "" : value;
}

const char *
postfix_for(const struct postfix_view *view,
    const struct postfix_service *service, const char *name)
{
	const char *value = postfixconf_for(view->conf, service, name);

	return value == NULL ? "" : value;
}

void
postfix_put_override(const struct postfix_view *view,
    const struct postfix_service *service, const char *name, struct buf *out)
{
	if (postfixconf_override(view->conf, service, name) == NULL)
		buf_printf(out, "-e '%s", name);
	else
		buf_printf(out, "-P '%s/%s/%s", service->name, service->type,
		    name);
}

const struct postfix_service *
postfix_next(const struct postfix_view *view, const char *command, size_t *i)
{
	const struct postfix_service *service;

	while ((service = postfixconf_service(view->conf, (*i)++)) != NULL)
		if (strcmp(service->command, command) == 0)
			return service;
	return NULL;
}

bool
postfix_is_loopback(const struct postfix_service *service)
{
	return strncmp(service->name, "127.", 4) == 0 ||
	    strncmp(service->name, "localhost:", 10) == 0 ||
	    strncmp(service->name, "[::1]:", 6) == 0;
}

/* PATH of `unix:PATH`, as this host sees it. Returns false for others. */
static bool
host_path(const struct postfix_view *view,
    const struct postfix_service *service, struct slice socket,
    struct buf *out)
{
	struct slice path = socket;

	if (!slice_begins_nocase(socket, "unix:"))
		return false;
	(void)slice_cut(&path, ':');
	if (service->is_chrooted || path.len == 0 || path.at[0] != '/')
		buf_printf(out, "%s/",
		    postfix_value(view, "queue_directory"));
	buf_put_slice(out, path);
	return buf_status(out) == STATUS_OK;
}

static bool
same_file(const char *a, const char *b)
{
	struct stat one, two;

	return strcmp(a, b) == 0 ||
	    (stat(a, &one) == 0 && stat(b, &two) == 0 &&
		one.st_dev == two.st_dev && one.st_ino == two.st_ino);
}

bool
postfix_is_ours(const struct postfix_view *view,
    const struct postfix_service *service, struct slice socket,
    const char *ours)
{
	struct endpoint endpoint;
	char storage[1024];
	struct buf path;
	unsigned long port;
	size_t colon = socket.len;

	if (ours == NULL ||
	    endpoint_parse(slice_of(ours), &endpoint, NULL) != STATUS_OK)
		return false;
	buf_init_fixed(&path, storage, sizeof(storage));
	if (endpoint.family == AF_UNIX)
		return host_path(view, service, socket, &path) &&
		    same_file(buf_text(&path), endpoint.path);
	while (colon > 0 && socket.at[colon - 1] != ':')
		colon--;
	return slice_begins_nocase(socket, "inet:") &&
	    slice_number(slice_make(socket.at + colon, socket.len - colon),
		65535, &port) && port == endpoint.port;
}

static void
say_unreachable(const struct postfix_view *view,
    const struct postfix_service *service, const char *name,
    const struct fault *fault)
{
	const char *owner = postfix_value(view, "mail_owner");

	diagnosis_add(view->d, SEVERITY_ERROR, name,
	    "Postfix: %s/%s%s cannot use hopseald's socket: %s",
	    service->name, service->type,
	    service->is_chrooted ? " (chrooted)" : "", fault->text);
	diagnosis_why(view->d, "Postfix does without hopseald then: mail "
	    "waits, or is not judged.");
	if (fault->status == STATUS_DENIED)
		diagnosis_remedy(view->d, "# user %s needs the folder and the "
		    "socket: socket-group and socket-mode in %s", owner,
		    view->doctor->config_file);
	else if (fault->status == STATUS_NOTFOUND && service->is_chrooted)
		diagnosis_remedy(view->d, "# the process sees only what lies "
		    "below %s: put the socket there (hopseal attach postfix)",
		    postfix_value(view, "queue_directory"));
	else
		diagnosis_remedy(view->d, "systemctl status hopseald");
}

void
postfix_check_reach(const struct postfix_view *view,
    const struct postfix_service *service, struct slice socket,
    const char *name)
{
	const char *queue = postfix_value(view, "queue_directory");
	struct reach reach = {.user = postfix_value(view, "mail_owner"),
	    .root = service->is_chrooted ? queue : NULL,
	    .folder = service->is_chrooted ? NULL : queue};
	struct slice path = socket;
	char storage[1024];
	struct buf text;
	struct fault fault;

	if (!view->doctor->is_root || !slice_begins_nocase(socket, "unix:"))
		return;
	(void)slice_cut(&path, ':');
	buf_init_fixed(&text, storage, sizeof(storage));
	buf_put_slice(&text, path);
	reach.path = buf_text(&text);
	if (reach_socket(&reach, &fault) != STATUS_OK)
		say_unreachable(view, service, name, &fault);
}
