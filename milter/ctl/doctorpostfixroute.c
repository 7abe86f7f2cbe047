/*
 * Messages that an author binds with a mark: does milter_header_checks turn
 * the route-header into a transport that insists on TLS?
 */
#include <stdio.h>
#include <string.h>

#include "milter/ctl/doctorpostfix.h"
#include "milter/ctl/postfixlist.h"
#include "milter/ctl/postfixmap.h"

enum { ANSWER_MAX = 64 * 1024, TRANSPORT_MAX = 64 };

/* `FILTER smtp-tls:`: the name of the transport; false: it is none such. */
static bool
read_filter(struct slice answer, char out[TRANSPORT_MAX])
{
	struct slice action = slice_cut(&answer, ' '), name;

	answer = slice_trim(answer);
	name = slice_cut(&answer, ':');
	if (!slice_is_nocase(action, "FILTER") || name.len == 0 ||
	    name.len >= TRANSPORT_MAX)
		return false;
	(void)snprintf(out, TRANSPORT_MAX, "%.*s", (int)name.len, name.at);
	return true;
}

/* What milter_header_checks say of the field; of several maps the first. */
static bool
find_name(const struct postfix_view *view, char out[TRANSPORT_MAX])
{
	const struct outbound_config *outbound = &view->doctor->config->outbound;
	struct slice rest = slice_of(postfix_value(view,
	    "milter_header_checks"));
	struct slice map, answer = slice_make(NULL, 0);
	struct buf field, said;
	bool found;

	buf_init(&field, ANSWER_MAX);
	buf_init(&said, ANSWER_MAX);
	buf_printf(&field, "%s: %s", outbound->route_header_name,
	    outbound->route_header_value);
	while (answer.len == 0 && (map = postfixlist_next(&rest)).at != NULL) {
		buf_reset(&said);
		postfixmap_query(view->conf, map, buf_slice(&field), &said);
		answer = buf_slice(&said);
		(void)slice_cut(&answer, '\t');
		answer = slice_trim(answer);
	}
	found = read_filter(answer, out);
	buf_clear(&field);
	buf_clear(&said);
	return found;
}

static void
say(const struct postfix_view *view, const char *who, const char *what,
    const char *remedy)
{
	diagnosis_add(view->d, SEVERITY_ERROR, "route-not-kept",
	    "Postfix: %s has a route-header, and %s %s",
	    view->doctor->config_file, who, what);
	diagnosis_why(view->d, "A message whose author asks for TLS with a "
	    "mark leaves in clear text when STARTTLS fails.");
	diagnosis_remedy(view->d, "%s", remedy);
}

static const struct postfix_service *
find_transport(const struct postfix_view *view, const char *name)
{
	const struct postfix_service *service;
	size_t i = 0;

	while ((service = postfix_next(view, "smtp", &i)) != NULL)
		if (strcmp(service->name, name) == 0)
			return service;
	return NULL;
}

void
postfix_check_route(const struct postfix_view *view)
{
	const struct postfix_service *transport;
	char name[TRANSPORT_MAX], remedy[2 * TRANSPORT_MAX + 64];

	if (view->doctor->config->outbound.route_header_name == NULL)
		return;
	if (!find_name(view, name)) {
		say(view, "milter_header_checks", "has no FILTER for it",
		    "postconf -e 'milter_header_checks = "
		    "regexp:/etc/postfix/hopseal_header_checks'   # of "
		    "contrib/postfix");
		return;
	}
	transport = find_transport(view, name);
	(void)snprintf(remedy, sizeof(remedy), "postconf -P '%s/unix/"
	    "smtp_tls_security_level = encrypt'", name);
	if (transport == NULL)
		say(view, name, "is no service of master.cf", "# take its "
		    "lines from contrib/postfix/master.cf.fragment");
	else if (postfix_strength(slice_of(postfix_for(view, transport,
		    "smtp_tls_security_level"))) == POSTFIX_CLEAR)
		say(view, name, "has a smtp_tls_security_level less than "
		    "encrypt", remedy);
}
