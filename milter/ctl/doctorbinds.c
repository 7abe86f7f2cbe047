/*
 * Of which domains rules speak that bind the next hop.
 */
#include "milter/ctl/doctor.h"
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

bool
doctor_binds(const struct table *table, struct slice name)
{
	struct search search = {.name = name, .found = false};
	struct domain domain;

	domain_normalize(name, &domain);
	if (nexthop_binding(table, &domain, true) != BINDING_NONE)
		return true;
	table_each(table, look_below, &search);
	return search.found;
}
