/*
 * hopseal's own side of attach: hopseal.conf and the folder of its sockets.
 */
#include "milter/ctl/attach.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/system/input.h"
#include "milter/system/textfile.h"
#include "milter/system/endpoint.h"

#define DEFAULT_SOCKET "local:/run/hopseal/milter.sock"
#define DEFAULT_NEXTHOP "local:/run/hopseal/nexthop.sock"

enum { CONF_MAX = 1024 * 1024, NAME_LEN = 1200 };

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
is_comment(struct slice line)
{
	line = slice_trim(line);
	return line.len == 0 || line.at[0] == '#' ||
	    slice_begins_nocase(line, "//");
}

/* Put socket where usual stands in text, out of comments. */
static bool
replace_socket(struct slice text, const char *usual, const char *socket,
    struct buf *out)
{
	char quoted[NAME_LEN];
	bool found = false;
	size_t len;

	(void)snprintf(quoted, sizeof(quoted), "\"%s\"", usual);
	len = strlen(quoted);
	while (text.at != NULL && text.len > 0) {
		struct slice line = slice_cut(&text, '\n');
		size_t at = 0;

		while (at + len <= line.len &&
		    memcmp(line.at + at, quoted, len) != 0)
			at++;
		if (at + len <= line.len && !is_comment(line)) {
			buf_put_slice(out, slice_make(line.at, at));
			buf_printf(out, "\"%s\"", socket);
			at += len;
			found = true;
		} else {
			at = 0;
		}
		buf_put_slice(out, slice_make(line.at + at, line.len - at));
		buf_putc(out, '\n');
	}
	return found;
}

static void
put_new(const struct attach_view *view, struct buf *out)
{
	buf_puts(out, "# Made by hopseal attach; hopseal.conf(5) explains "
	    "every option.\n# It observes and records; hopseald(8) has the "
	    "way to enforcement.\noperation = \"observe\"\n");
	buf_printf(out, "socket = \"%s\"\nsocket-group = \"%s\"\n",
	    view->socket, view->group == NULL ? "none" : view->group);
	if (view->nexthop != NULL)
		buf_printf(out, "nexthop {\n\tsocket = \"%s\"\n}\n",
		    view->nexthop);
}

/* The text of the file with the sockets put in. Fails: IO, LIMIT. */
static enum status
put_edited(const struct attach *attach, const struct attach_view *view,
    struct buf *out, struct buf *shown, struct fault *fault)
{
	struct buf text, half;
	enum status status;

	buf_init(&text, CONF_MAX);
	buf_init(&half, CONF_MAX);
	status = input_read_regular(attach->config_file, &text, fault);
	if (status == STATUS_OK &&
	    strcmp(view->socket, attach->config->socket) != 0) {
		buf_printf(shown, "socket = \"%s\"\n", view->socket);
		if (!replace_socket(buf_slice(&text), DEFAULT_SOCKET,
			view->socket, &half))
			buf_printf(&half, "socket = \"%s\"\n", view->socket);
	} else {
		buf_put_slice(&half, buf_slice(&text));
	}
	if (status == STATUS_OK && view->nexthop != NULL &&
	    strcmp(view->nexthop, attach->config->nexthop.socket) != 0) {
		buf_printf(shown, "nexthop { socket = \"%s\" }\n",
		    view->nexthop);
		if (!replace_socket(buf_slice(&half), DEFAULT_NEXTHOP,
			view->nexthop, out))
			buf_printf(out, "nexthop {\n\tsocket = \"%s\"\n}\n",
			    view->nexthop);
	} else {
		buf_put_slice(out, buf_slice(&half));
	}
	buf_clear(&half);
	buf_clear(&text);
	return status;
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
	buf_init(&text, CONF_MAX);
	buf_init(&shown, CONF_MAX);
	if (attach->config == NULL) {
		put_new(view, &text);
		buf_put_slice(&shown, buf_slice(&text));
	} else {
		status = put_edited(attach, view, &text, &shown, fault);
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
	    DEFAULT_SOCKET, &view->socket, fault);
	if (status == STATUS_OK && view->wants_nexthop &&
	    (config == NULL || config->nexthop.socket != NULL))
		status = choose(attach, view,
		    config == NULL ? NULL : config->nexthop.socket,
		    DEFAULT_NEXTHOP, &view->nexthop, fault);
	if (status == STATUS_OK)
		status = plan_conf(attach, view, fault);
	if (status == STATUS_OK)
		status = plan_folder(attach, view, fault);
	return status;
}

static void
keep_first(void *context, const char *sentence)
{
	struct fault *fault = context;

	if (fault->text[0] == '\0')
		(void)fault_set(fault, STATUS_SYNTAX, "%s", sentence);
}

/* Is the new text a configuration? It is tried beside the old one. */
static enum status
try_conf(const struct step *step, struct fault *fault)
{
	char name[NAME_LEN];
	struct config *config;
	struct fault found = {STATUS_OK, ""};
	enum status status;

	(void)snprintf(name, sizeof(name), "%s.attach-%ld", step->target,
	    (long)getpid());
	status = textfile_replace(name, slice_of(step->value), NULL, fault);
	if (status != STATUS_OK)
		return status;
	status = config_read(name, keep_first, &found, &config);
	if (status == STATUS_OK)
		config_free(&config);
	else
		(void)fault_set(fault, status, "with the sockets put in, the "
		    "configuration would have errors (%s); write them into "
		    "%s by hand:\n%s", found.text, step->target,
		    step->shown);
	(void)unlink(name);
	return status;
}

static enum status
do_conf(const struct step *step, struct fault *fault)
{
	struct stat info;
	bool is_there = stat(step->target, &info) == 0;
	enum status status;
	char folder[NAME_LEN];

	if (!is_there) {
		(void)snprintf(folder, sizeof(folder), "%s", step->target);
		if (mkdir(dirname(folder), 0755) != 0 && errno != EEXIST)
			return fault_errno(fault, STATUS_IO, errno,
			    "cannot make the folder of %s", step->target);
	}
	status = try_conf(step, fault);
	if (status == STATUS_OK)
		status = textfile_replace(step->target,
		    slice_of(step->value), is_there ? &info : NULL, fault);
	return status;
}

enum status
attach_do_hopseal(const struct attach *attach, struct fault *fault)
{
	enum status status = STATUS_OK;
	size_t i;

	for (i = 0; status == STATUS_OK && i < attach->plan.count; i++) {
		const struct step *step = &attach->plan.step[i];

		if (!step->is_ours)
			continue;
		if (step->kind == STEP_FOLDER) {
			status = plan_make_folder(step, fault);
			if (status == STATUS_OK)
				status = attachstate_note(&attach->state,
				    "folders", step->target, fault);
		} else {
			status = do_conf(step, fault);
		}
	}
	return status;
}
