/*
 * relay_domains: are there any among them that a rule binds? Their mail goes
 * by relay_transport. Source: postconf(5), relay_domains.
 */
#include <stdio.h>
#include <string.h>

#include "milter/ctl/doctorpostfix.h"
#include "milter/ctl/postfixlist.h"
#include "milter/ctl/postfixmap.h"
#include "policy/nexthop.h"

struct search {
	struct slice name;
	bool found;
};

/* Is it the domain of a rule that binds, or one above it? */
static bool
look_below(void *context, const struct match *match, enum scope scope)
{
	struct search *search = context;
	struct slice domain = match->domain;

	(void)scope;
	if (!nexthop_is_bound_by(match->rule))
		return true;
	search->found = slice_equal_nocase(domain, search->name);
	while (!search->found && domain.at[0] != '[' && domain_parent(&domain))
		search->found = slice_equal_nocase(domain, search->name);
	return !search->found;
}

static bool
name_is_bound(const struct postfix_view *view, struct slice name)
{
	const struct table *table = view->doctor->config->table;
	struct search search = {.name = name, .found = false};
	struct domain domain;

	domain_normalize(name, &domain);
	if (nexthop_binding(table, &domain, true) != BINDING_NONE)
		return true;
	table_each(table, look_below, &search);
	return search.found;
}

static bool
add_keys(void *context, const struct match *match, enum scope scope)
{
	struct slice name = match->domain;
	bool added;

	(void)scope;
	if (!nexthop_is_bound_by(match->rule))
		return true;
	added = postfixmap_add(context, name);
	while (added && name.at[0] != '[' && domain_parent(&name))
		added = postfixmap_add(context, name);
	return added;
}

static bool
map_has_bound(const struct postfix_view *view, struct slice map)
{
	struct postfixmap *asked;
	char name[1024];
	bool found = false;
	size_t i;

	if (postfixmap_new(view->conf, &asked) != STATUS_OK)
		return true;
	table_each(view->doctor->config->table, add_keys, asked);
	(void)snprintf(name, sizeof(name), "%.*s", (int)map.len, map.at);
	postfixmap_ask(asked, name);
	for (i = 0; postfixmap_key(asked, i) != NULL && !found; i++)
		found = postfixmap_answer(asked, i) != NULL;
	postfixmap_free(&asked);
	return found;
}

/* Of a file it is not known, nor of all when the rule `*` binds. */
bool
postfix_relays_bound(const struct postfix_view *view)
{
	struct slice rest = slice_of(postfix_value(view, "relay_domains"));
	struct slice element;
	struct domain other;

	domain_init(&other);
	if (rest.len > 0 && nexthop_binding(view->doctor->config->table,
		&other, true) != BINDING_NONE)
		return true;
	while ((element = postfixlist_next(&rest)).at != NULL) {
		if (element.len > 0 && element.at[0] == '/')
			return true;
		if (memchr(element.at, ':', element.len) != NULL
			? map_has_bound(view, element)
			: name_is_bound(view, element))
			return true;
	}
	return false;
}
