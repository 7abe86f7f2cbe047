/*
 * A list of domains, as relay_domains: are there any among them that a rule
 * binds? Their mail goes by a transport of their own. Source: postconf(5),
 * relay_domains, mydestination, virtual_mailbox_domains.
 */
#include <stdio.h>
#include <string.h>

#include "milter/ctl/doctorpostfix.h"
#include "milter/ctl/postfixlist.h"
#include "milter/ctl/postfixmap.h"
#include "policy/nexthop.h"

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

/* relay_domains speak of what is below them, too. */
static bool
name_has_bound(const struct postfix_view *view, struct slice name,
    bool and_below)
{
	const struct table *table = view->doctor->config->table;
	struct domain domain;

	if (and_below)
		return doctor_binds(table, name);
	domain_normalize(name, &domain);
	return nexthop_binding(table, &domain, true) != BINDING_NONE;
}

/* Of a file it is not known, nor of all when the rule `*` binds. */
bool
postfix_list_binds(const struct postfix_view *view, const char *list,
    bool and_below)
{
	struct slice rest = slice_of(postfix_value(view, list));
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
			: name_has_bound(view, element, and_below))
			return true;
	}
	return false;
}
