/*
 * Postfix and the filter: is hopseald in the way of all mail?
 */
#include "milter/ctl/doctorpostfix.h"

#include <stdio.h>
#include <string.h>

bool
postfix_find_ours(const struct postfix_view *view,
    const struct postfix_service *service, struct slice list,
    struct postfix_milter *out, bool *is_last)
{
	struct slice element;

	while ((element = postfixlist_next(&list)).at != NULL) {
		*out = postfixlist_milter(element);
		if (!postfix_is_ours(view, service, out->socket,
			view->doctor->config->socket))
			continue;
		*is_last = postfixlist_next(&list).at == NULL;
		return true;
	}
	return false;
}

/* The filter of the service that is hopseald; false: it has none. */
static bool
find_ours(const struct postfix_view *view,
    const struct postfix_service *service, struct postfix_milter *out,
    bool *is_last)
{
	return !postfixlist_has(postfix_for(view, service,
		   "receive_override_options"), "no_milters") &&
	    postfix_find_ours(view, service, slice_of(postfix_for(view, service,
		"smtpd_milters")), out, is_last);
}

static void
check_action(const struct postfix_view *view,
    const struct postfix_service *service,
    const struct postfix_milter *milter)
{
	struct slice action = milter->default_action.at != NULL
	    ? milter->default_action
	    : slice_of(postfix_for(view, service, "milter_default_action"));
	char storage[512];
	struct buf setting;

	if (slice_is(action, "tempfail") || slice_is(action, "quarantine") ||
	    slice_is(action, "shutdown"))
		return;
	if (slice_is(action, "accept")) {
		diagnosis_add(view->d, SEVERITY_ERROR,
		    "default-action-accept", "Postfix: milter_default_action "
		    "of %s/%s is accept", service->name, service->type);
		diagnosis_why(view->d, "While hopseald is down or restarts, "
		    "all mail goes past the policy.");
	} else {
		diagnosis_add(view->d, SEVERITY_WARNING,
		    "default-action-reject", "Postfix: milter_default_action "
		    "of %s/%s is %.*s", service->name, service->type,
		    (int)action.len, action.at);
		diagnosis_why(view->d, "While hopseald is down or restarts, "
		    "mail bounces that a retry would save.");
	}
	buf_init_fixed(&setting, storage, sizeof(storage));
	postfix_put_override(view, service, "milter_default_action", &setting);
	if (milter->default_action.at != NULL)
		diagnosis_remedy(view->d, "# default_action = tempfail within "
		    "the braces of hopseald's in smtpd_milters");
	else
		diagnosis_remedy(view->d, "postconf %s = tempfail'",
		    buf_text(&setting));
}

/* Reach and order of a filter that is there. */
static void
check_service(const struct postfix_view *view,
    const struct postfix_service *service,
    const struct postfix_milter *milter, bool is_last)
{
	check_action(view, service, milter);
	postfix_check_reach(view, service, milter->socket,
	    "milter-unreachable");
	if (is_last)
		return;
	diagnosis_add(view->d, SEVERITY_WARNING, "milter-not-last",
	    "Postfix: filters stand behind hopseald in smtpd_milters of "
	    "%s/%s", service->name, service->type);
	diagnosis_why(view->d, "What they change breaks the stamp.");
	diagnosis_remedy(view->d, "# put hopseald's socket last: postconf "
	    "smtpd_milters");
}

static void
say_bypass(const struct postfix_view *view,
    const struct postfix_service *service)
{
	bool loopback = postfix_is_loopback(service);

	diagnosis_add(view->d,
	    loopback ? SEVERITY_NOTE : SEVERITY_WARNING, "listener-bypasses",
	    "Postfix: the listener %s/%s is without hopseald", service->name,
	    service->type);
	diagnosis_why(view->d, loopback
	    ? "That is right where a content filter gives mail back that was "
	      "judged before."
	    : "What comes in there is not judged, stamped or recorded.");
	diagnosis_remedy(view->d, "postconf -P %s/%s/smtpd_milters "
	    "%s/%s/receive_override_options", service->name, service->type,
	    service->name, service->type);
}

static void
say_not_attached(const struct postfix_view *view)
{
	diagnosis_add(view->d, SEVERITY_ERROR, "milter-not-attached",
	    "Postfix: no listener has %s in smtpd_milters",
	    view->doctor->config->socket);
	diagnosis_why(view->d, "No mail is judged, stamped or recorded.");
	diagnosis_remedy(view->d, "hopseal attach postfix");
}

/* Postfix then gives the message to the proxy, and to no milter. */
static void
check_proxy(const struct postfix_view *view,
    const struct postfix_service *service)
{
	const char *proxy = postfix_for(view, service, "smtpd_proxy_filter");

	if (proxy[0] == '\0')
		return;
	diagnosis_add(view->d, SEVERITY_ERROR, "proxy-hides-message",
	    "Postfix: %s/%s has smtpd_proxy_filter = %s: hopseald sees the "
	    "envelope alone", service->name, service->type, proxy);
	diagnosis_why(view->d, "header-from and marks do nothing there, "
	    "forged stamps stay in, and nothing is stamped or recorded.");
	diagnosis_remedy(view->d, "# make it a content_filter, or a milter in "
	    "front of hopseald");
}

static void
check_listeners(const struct postfix_view *view)
{
	const struct postfix_service *service;
	struct postfix_milter milter;
	size_t i = 0, attached = 0;
	bool is_last;

	while ((service = postfix_next(view, "smtpd", &i)) != NULL)
		if (find_ours(view, service, &milter, &is_last)) {
			attached++;
			check_service(view, service, &milter, is_last);
			postfix_check_clients(view, service);
			check_proxy(view, service);
		}
	if (attached == 0) {
		say_not_attached(view);
		return;
	}
	for (i = 0; (service = postfix_next(view, "smtpd", &i)) != NULL;)
		if (!find_ours(view, service, &milter, &is_last))
			say_bypass(view, service);
}

/* A name=value that makes clear text look like TLS. */
static bool
fakes_tls(const char *defaults)
{
	struct slice rest = slice_of(defaults), element;

	while ((element = postfixlist_next(&rest)).at != NULL) {
		struct slice value = element;
		struct slice name = slice_trim(slice_cut(&value, '='));

		value = slice_trim(value);
		if (slice_holds(name, "tls_version") && value.len > 0 &&
		    !slice_is_nocase(value, "none"))
			return true;
	}
	return false;
}

static void
check_macros(const struct postfix_view *view)
{
	if (fakes_tls(postfix_value(view, "milter_macro_defaults"))) {
		diagnosis_add(view->d, SEVERITY_ERROR, "macros-faked",
		    "Postfix: milter_macro_defaults gives tls_version a "
		    "value");
		diagnosis_why(view->d, "A session in clear text then looks "
		    "like one over TLS, and passes every policy.");
		diagnosis_remedy(view->d,
		    "postconf -X milter_macro_defaults");
	}
	if (!slice_holds(slice_of(postfix_value(view, "milter_helo_macros")),
		"{tls_version}")) {
		diagnosis_add(view->d, SEVERITY_NOTE, "macros-overridden",
		    "Postfix: milter_helo_macros is set, without the macros "
		    "of TLS");
		diagnosis_why(view->d, "hopseald asks for what it needs by "
		    "itself; other filters do not.");
		diagnosis_remedy(view->d, "postconf -X milter_helo_macros");
	}
	if (strcmp(postfix_value(view, "milter_protocol"), "6") == 0)
		return;
	diagnosis_add(view->d, SEVERITY_ERROR, "milter-protocol",
	    "Postfix: milter_protocol is %s",
	    postfix_value(view, "milter_protocol"));
	diagnosis_why(view->d, "With an older protocol hopseald cannot ask "
	    "for the facts of TLS, nor change the header as it must.");
	diagnosis_remedy(view->d, "postconf -e 'milter_protocol = 6'");
}

static void
check_nul(const struct postfix_view *view)
{
	if (postfix_value(view, "message_strip_characters")[0] != '\0' ||
	    postfix_value(view, "message_reject_characters")[0] != '\0')
		return;
	diagnosis_add(view->d, SEVERITY_WARNING, "nul-in-header",
	    "Postfix: message_strip_characters is empty");
	diagnosis_why(view->d, "A filter sees a header field only up to a "
	    "NUL in it; what follows is delivered and not covered by the "
	    "stamp.");
	diagnosis_remedy(view->d,
	    "postconf -e 'message_strip_characters = \\0'");
}

void
doctor_postfix(const struct doctor *doctor)
{
	struct postfix_view view = {.doctor = doctor,
	    .d = doctor->diagnosis};
	struct postfixconf *conf;
	struct fault fault;

	if (postfixconf_read(doctor->postfix_folder, &conf, &fault) !=
	    STATUS_OK) {
		diagnosis_add(view.d, SEVERITY_ERROR, "mta-unreadable",
		    "Postfix: %s", fault.text);
		diagnosis_why(view.d, "Nothing of it could be checked.");
		diagnosis_remedy(view.d, "postconf -n; postconf -M");
		return;
	}
	view.conf = conf;
	check_listeners(&view);
	check_macros(&view);
	check_nul(&view);
	postfix_check_inbound(&view);
	postfix_check_outbound(&view);
	postfixconf_free(&conf);
}
