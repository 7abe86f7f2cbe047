/*
 * Postfix's side of attach: parameters of main.cf, set by postconf(1).
 */
#include "milter/ctl/attach.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ctl/postfixlist.h"
#include "milter/ctl/reach.h"
#include "milter/system/endpoint.h"

struct attach_postfix {
	struct postfixconf *conf;
	const char *queue;
	const char *owner;
	bool smtpd_chrooted; /* some listener is */
	bool smtp_chrooted;
	char socket[ENDPOINT_PATH_MAX + ENDPOINT_HOST_MAX + 16]; /* main.cf's */
};

static const char *
value(const struct attach_postfix *postfix, const char *name)
{
	const char *found = postfixconf_value(postfix->conf, name);

	return found == NULL ? "" : found;
}

void
attach_postfix_free(struct attach_postfix **postfix)
{
	if (*postfix == NULL)
		return;
	postfixconf_free(&(*postfix)->conf);
	free(*postfix);
	*postfix = NULL;
}

/* Those that judge mail as main.cf says; others have settings of their own. */
static void
look_at_services(struct attach_postfix *postfix, struct buf *notes)
{
	const struct postfix_service *service;
	size_t i;

	for (i = 0; (service = postfixconf_service(postfix->conf, i)) != NULL;
	    i++) {
		if (strcmp(service->command, "smtp") == 0)
			postfix->smtp_chrooted |= service->is_chrooted;
		if (strcmp(service->command, "smtpd") != 0)
			continue;
		postfix->smtpd_chrooted |= service->is_chrooted;
		if (postfixconf_override(postfix->conf, service,
			"smtpd_milters") != NULL)
			buf_printf(notes, "%s/%s has smtpd_milters of its own "
			    "in master.cf and is left as it is: mail that "
			    "comes in there\nis not judged. To add hopseald "
			    "there: postconf -P '%s/%s/smtpd_milters=...'\n",
			    service->name, service->type, service->name,
			    service->type);
	}
}

static const char *
group_of(const char *user)
{
	const struct passwd *account = getpwnam(user);
	const struct group *group =
	    account == NULL ? NULL : getgrgid(account->pw_gid);

	return group == NULL ? NULL : group->gr_name;
}

/* hopseal.conf's socket as main.cf names it: relative to the queue. */
static enum status
name_socket(struct attach_postfix *postfix, const char *socket,
    struct fault *fault)
{
	size_t len = strlen(postfix->queue);
	struct endpoint endpoint;
	enum status status = endpoint_parse(slice_of(socket), &endpoint,
	    fault);

	if (status != STATUS_OK)
		return status;
	if (endpoint.family != AF_UNIX)
		(void)snprintf(postfix->socket, sizeof(postfix->socket),
		    strchr(endpoint.host, ':') != NULL ? "inet:[%s]:%u"
						       : "inet:%s:%u",
		    endpoint.host[0] == '\0' ? "127.0.0.1" : endpoint.host,
		    endpoint.port);
	else if (strncmp(endpoint.path, postfix->queue, len) == 0 &&
	    endpoint.path[len] == '/')
		(void)snprintf(postfix->socket, sizeof(postfix->socket),
		    "unix:%s", endpoint.path + len + 1);
	else
		(void)snprintf(postfix->socket, sizeof(postfix->socket),
		    "unix:%s", endpoint.path);
	return STATUS_OK;
}

static enum status
plan_parameter(struct attach *attach, const struct attach_postfix *postfix,
    const char *name, const char *new, const char *why)
{
	const char *was = value(postfix, name);
	struct step *step = plan_add(&attach->plan, STEP_PARAMETER, name);

	if (step == NULL)
		return STATUS_NOMEM;
	step->value = plan_text(&attach->plan, new);
	step->why = why;
	if (was[0] != '\0')
		step->was = plan_text(&attach->plan, was);
	return step->value == NULL || (was[0] != '\0' && step->was == NULL)
	    ? STATUS_NOMEM : STATUS_OK;
}

/* Is the socket in the list, by itself or with settings? */
static bool
list_has(const char *list, const char *socket)
{
	struct slice rest = slice_of(list), element;

	while ((element = postfixlist_next(&rest)).at != NULL)
		if (slice_is(postfixlist_milter(element).socket, socket))
			return true;
	return false;
}

/*
 * Behind the others: they may change what the stamp covers. A default action
 * of its own, where one for all would change what others do.
 */
static enum status
plan_milters(struct attach *attach, const struct attach_postfix *postfix,
    struct fault *fault)
{
	const char *action = value(postfix, "milter_default_action");
	bool waits = strcmp(action, "tempfail") == 0, alone;
	char list[ATTACH_VALUE], storage[ATTACH_VALUE - 64];
	struct buf text;
	enum status status;

	if (list_has(value(postfix, "smtpd_milters"), postfix->socket))
		return STATUS_OK;
	status = attach_ask_postconf(attach, "-h", "smtpd_milters", list,
	    fault);
	if (status != STATUS_OK)
		return status;
	alone = list[0] == '\0';
	/* Its name comes in front when it is set, and noted. */
	buf_init_fixed(&text, storage, sizeof(storage));
	buf_printf(&text, alone || waits
	    ? "%s%s%s" : "%s%s{ %s, default_action=tempfail }", list,
	    alone ? "" : ", ", postfix->socket);
	if (buf_status(&text) != STATUS_OK)
		return fault_set(fault, STATUS_LIMIT, "smtpd_milters is too "
		    "long to add to; add %s by hand", postfix->socket);
	status = plan_parameter(attach, postfix, "smtpd_milters",
	    buf_text(&text), alone
		? "Postfix asks hopseald about all mail that comes in by SMTP"
		: "hopseald comes last, behind filters that may change the "
		  "message");
	if (status == STATUS_OK && alone && !waits)
		status = plan_parameter(attach, postfix,
		    "milter_default_action", "tempfail",
		    "mail waits while hopseald is down, and does not go past "
		    "the policy");
	return status;
}

static enum status
plan_others(struct attach *attach, const struct attach_postfix *postfix)
{
	enum status status = STATUS_OK;

	if (strcmp(value(postfix, "milter_protocol"), "6") != 0)
		status = plan_parameter(attach, postfix, "milter_protocol",
		    "6", "with an older one hopseald cannot ask for the facts "
		    "of TLS");
	if (status == STATUS_OK &&
	    value(postfix, "message_strip_characters")[0] == '\0' &&
	    value(postfix, "message_reject_characters")[0] == '\0')
		status = plan_parameter(attach, postfix,
		    "message_strip_characters", "\\0",
		    "filters see a header field only up to a NUL in it");
	return status;
}

static enum status
plan_all(struct attach *attach, struct attach_postfix *postfix,
    struct buf *notes, struct fault *fault)
{
	struct attach_view view = {NULL, NULL, true, NULL, NULL};
	enum status status;

	postfix->queue = value(postfix, "queue_directory");
	postfix->owner = value(postfix, "mail_owner");
	look_at_services(postfix, notes);
	if (postfix->smtpd_chrooted || postfix->smtp_chrooted)
		view.queue = postfix->queue;
	view.group = group_of(postfix->owner);
	status = attach_plan_hopseal(attach, &view, fault);
	if (status == STATUS_OK)
		status = name_socket(postfix, view.socket, fault);
	if (status != STATUS_OK)
		return status;
	/* Steps that find no room in the plan say no more. */
	(void)fault_set(fault, STATUS_NOMEM, "no memory");
	status = plan_milters(attach, postfix, fault);
	if (status == STATUS_OK)
		status = plan_others(attach, postfix);
	return status;
}

enum status
attach_postfix_plan(struct attach *attach, struct attach_postfix **out,
    struct buf *notes, struct fault *fault)
{
	struct attach_postfix *postfix = calloc(1, sizeof(*postfix));
	enum status status;

	*out = NULL;
	if (postfix == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory");
	status = postfixconf_read(attach->config_dir, &postfix->conf, fault);
	if (status == STATUS_OK)
		status = plan_all(attach, postfix, notes, fault);
	if (status == STATUS_OK)
		*out = postfix;
	else
		attach_postfix_free(&postfix);
	return status;
}

enum status
attach_postfix_reach(const struct attach_postfix *postfix,
    struct fault *fault)
{
	struct reach reach = {.user = postfix->owner,
	    .root = postfix->smtpd_chrooted ? postfix->queue : NULL,
	    .folder = postfix->smtpd_chrooted ? NULL : postfix->queue};
	struct slice path = slice_of(postfix->socket);

	if (!slice_begins_nocase(path, "unix:"))
		return STATUS_OK;
	(void)slice_cut(&path, ':');
	reach.path = path.at;
	return reach_socket(&reach, fault);
}
