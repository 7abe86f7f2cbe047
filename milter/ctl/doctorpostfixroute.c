/*
 * Messages that an author binds with a mark: does milter_header_checks turn
 * the route-header into a transport that insists on TLS?
 */
#include <stdio.h>
#include <string.h>

#include "milter/ctl/doctorpostfix.h"
#include "milter/ctl/postfixlist.h"
#include "milter/system/input.h"

/* As contrib/postfix names it. */
#define ROUTE_TRANSPORT "smtp-tls"

enum { CHECKS_MAX = 1024 * 1024, TRANSPORT_MAX = 64 };

/* `/^Hopseal-Route: tls$/ FILTER smtp-tls:`: what stands behind FILTER. */
static bool
read_filter(struct slice text, char out[TRANSPORT_MAX])
{
	static const char action[] = "FILTER";
	struct slice line, name;

	while (text.at != NULL) {
		line = slice_trim(slice_cut(&text, '\n'));
		if (line.len == 0 || line.at[0] == '#')
			continue;
		while (line.len > 0 && !slice_begins_nocase(line, action))
			line = slice_make(line.at + 1, line.len - 1);
		if (line.len == 0)
			continue;
		line = slice_trim(slice_make(line.at + strlen(action),
		    line.len - strlen(action)));
		name = slice_cut(&line, ':');
		if (name.len > 0 && name.len < TRANSPORT_MAX) {
			(void)snprintf(out, TRANSPORT_MAX, "%.*s",
			    (int)name.len, name.at);
			return true;
		}
	}
	return false;
}

static bool
read_file(struct slice path, char out[TRANSPORT_MAX])
{
	char name[1024];
	struct buf text;
	bool found;

	(void)snprintf(name, sizeof(name), "%.*s", (int)path.len, path.at);
	buf_init(&text, CHECKS_MAX);
	found = input_read_regular(name, &text, NULL) == STATUS_OK &&
	    read_filter(buf_slice(&text), out);
	buf_clear(&text);
	return found;
}

/* The transport that milter_header_checks name first, if they can be read. */
static void
find_name(const struct postfix_view *view, char out[TRANSPORT_MAX])
{
	struct slice rest = slice_of(postfix_value(view,
	    "milter_header_checks"));
	struct slice map;
	bool found = false;

	(void)snprintf(out, TRANSPORT_MAX, ROUTE_TRANSPORT);
	while (!found && (map = postfixlist_next(&rest)).at != NULL) {
		(void)slice_cut(&map, ':');
		if (map.len > 0)
			found = map.at[0] == '/' ? read_file(map, out)
						 : read_filter(map, out);
	}
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
	if (postfix_value(view, "milter_header_checks")[0] == '\0') {
		say(view, "milter_header_checks", "is empty",
		    "postconf -e 'milter_header_checks = "
		    "regexp:/etc/postfix/hopseal_header_checks'   # of "
		    "contrib/postfix");
		return;
	}
	find_name(view, name);
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
