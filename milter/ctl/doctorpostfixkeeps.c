/*
 * Does what a map or a setting names keep mail to the rules?
 *
 * A next hop does that a rule binds, or that is this host; an address, when
 * its domain does or is delivered here.
 * Source: transport(5), postconf(5).
 */
#include <stdio.h>
#include <string.h>

#include "milter/ctl/doctorpostfix.h"
#include "milter/ctl/postfixlist.h"
#include "milter/ctl/postfixmap.h"
#include "policy/nexthop.h"

enum { ANSWER_MAX = 64 * 1024 };

bool
postfix_binds(const struct postfix_view *view, struct slice hop)
{
	struct domain domain;

	return nexthop_domain(hop, &domain) &&
	    nexthop_binding(view->doctor->config->table, &domain, true) !=
	    BINDING_NONE;
}

bool
postfix_is_here(struct slice hop)
{
	static const char *const begin[] = {"127.", "[127.", "[localhost]",
	    "[::1]", "[IPv6:::1]", "unix:", "/"};
	static const char *const names[] = {"localhost",
	    "localhost.localdomain", "[localhost.localdomain]", "localhost6",
	    "[localhost6]", "ip6-localhost", "[ip6-localhost]"};
	size_t i;

	if (slice_begins_nocase(hop, "inet:"))
		(void)slice_cut(&hop, ':');
	for (i = 0; i < LENGTH(begin); i++)
		if (slice_begins_nocase(hop, begin[i]))
			return true;
	hop = slice_cut(&hop, ':');
	for (i = 0; i < LENGTH(names); i++)
		if (slice_is_nocase(hop, names[i]))
			return true;
	return false;
}

bool
postfix_hop_keeps(const struct postfix_view *view, struct slice hop)
{
	return postfix_is_here(hop) || postfix_binds(view, hop);
}

/* `smtp-amavis:[127.0.0.1]:10024` of a service of that name. */
static bool
is_leg_of(const struct postfix_service *service, const char *filter)
{
	struct slice hop = slice_of(filter), transport = slice_cut(&hop, ':');

	return slice_is(transport, service->name) && postfix_is_here(hop);
}

bool
postfix_is_leg(const struct postfix_view *view,
    const struct postfix_service *service)
{
	const struct postfix_service *other;
	size_t i = 0;

	/* These two carry other mail as well. */
	if (strcmp(service->name, "smtp") == 0 ||
	    strcmp(service->name, "relay") == 0)
		return false;
	while ((other = postfixconf_service(view->conf, i++)) != NULL)
		if (is_leg_of(service,
			postfix_for(view, other, "content_filter")))
			return true;
	return false;
}

const char *
postfix_command(const struct postfix_view *view, struct slice transport)
{
	const struct postfix_service *service;
	size_t i = 0;

	while ((service = postfixconf_service(view->conf, i++)) != NULL)
		if (slice_is(transport, service->name) &&
		    strcmp(service->type, "unix") == 0)
			return service->command;
	return "";
}

bool
postfix_keeps(const struct postfix_view *view, struct slice value)
{
	struct slice hop = value, transport = slice_cut(&hop, ':');
	const char *command = transport.len == 0 ? "smtp"
	    : postfix_command(view, transport);

	if (strcmp(command, "smtp") == 0)
		return hop.len == 0 || postfix_hop_keeps(view, hop);
	if (strcmp(command, "lmtp") == 0)
		return postfix_is_here(hop);
	return strcmp(command, "pipe") != 0;
}

/* Is the domain in a list, by itself or by a map? Of a file: as if it were. */
static bool
is_listed(const struct postfix_view *view, const char *list,
    struct slice domain)
{
	struct slice rest = slice_of(list), element;
	struct buf answer;
	bool found = false;

	while (!found && (element = postfixlist_next(&rest)).at != NULL) {
		if (element.len == 0 || memchr(element.at, ':', element.len) ==
		    NULL) {
			found = slice_equal_nocase(element, domain) ||
			    slice_begins_nocase(element, "/");
			continue;
		}
		buf_init(&answer, ANSWER_MAX);
		postfixmap_query(view->conf, element, domain, &answer);
		found = answer.len > 0;
		buf_clear(&answer);
	}
	return found;
}

/* Postfix delivers to it by itself. A name in `$` is one of its own. */
static bool
is_own_domain(const struct postfix_view *view, struct slice domain)
{
	static const char *const lists[] = {"mydestination",
	    "virtual_mailbox_domains", "virtual_alias_domains", "myhostname",
	    "mydomain"};
	size_t i;

	if (slice_begins_nocase(domain, "$my"))
		return true;
	for (i = 0; i < LENGTH(lists); i++)
		if (is_listed(view, postfix_value(view, lists[i]), domain))
			return true;
	return false;
}

struct slice
postfix_domain(struct slice address)
{
	struct slice rest = address;

	if (address.len == 0 || memchr(address.at, '@', address.len) == NULL)
		return slice_make(address.at, 0);
	while (rest.len > 0 && memchr(rest.at, '@', rest.len) != NULL)
		(void)slice_cut(&rest, '@');
	return rest;
}

bool
postfix_addresses_keep(const struct postfix_view *view, struct slice list)
{
	struct slice address;

	while ((address = postfixlist_next(&list)).at != NULL) {
		struct slice domain = postfix_domain(address);

		if (domain.len > 0 && !postfix_binds(view, domain) &&
		    !is_own_domain(view, domain))
			return false;
	}
	return true;
}
