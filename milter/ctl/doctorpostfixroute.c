/*
 * Messages that an author binds with a mark: does milter_header_checks turn
 * the route-header into a transport that insists on TLS?
 */
#include <string.h>

#include "milter/ctl/doctorpostfix.h"

/* As contrib/postfix names it. */
#define ROUTE_TRANSPORT "smtp-tls"

static void
say(const struct postfix_view *view, const char *what, const char *remedy)
{
	diagnosis_add(view->d, SEVERITY_ERROR, "route-not-kept",
	    "Postfix: %s has a route-header, and %s",
	    view->doctor->config_file, what);
	diagnosis_why(view->d, "A message whose author asks for TLS with a "
	    "mark leaves in clear text when STARTTLS fails.");
	diagnosis_remedy(view->d, "%s", remedy);
}

static const struct postfix_service *
find_transport(const struct postfix_view *view)
{
	const struct postfix_service *service;
	size_t i = 0;

	while ((service = postfix_next(view, "smtp", &i)) != NULL)
		if (strcmp(service->name, ROUTE_TRANSPORT) == 0)
			return service;
	return NULL;
}

void
postfix_check_route(const struct postfix_view *view)
{
	const struct postfix_service *transport;

	if (view->doctor->config->outbound.route_header_name == NULL)
		return;
	if (postfix_value(view, "milter_header_checks")[0] == '\0') {
		say(view, "milter_header_checks is empty",
		    "postconf -e 'milter_header_checks = "
		    "regexp:/etc/postfix/hopseal_header_checks'   # of "
		    "contrib/postfix");
		return;
	}
	transport = find_transport(view);
	if (transport == NULL)
		say(view, "there is no service " ROUTE_TRANSPORT
		    " in master.cf", "# take its lines from "
		    "contrib/postfix/master.cf.fragment");
	else if (postfix_strength(slice_of(postfix_for(view, transport,
		    "smtp_tls_security_level"))) == POSTFIX_CLEAR)
		say(view, "smtp_tls_security_level of " ROUTE_TRANSPORT
		    " is less than encrypt", "postconf -P 'smtp-tls/unix/"
		    "smtp_tls_security_level = encrypt'");
}
