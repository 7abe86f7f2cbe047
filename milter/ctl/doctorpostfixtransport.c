/*
 * transport_maps, asked as Postfix asks: for a domain, its parents, for all.
 */
#include "milter/ctl/doctorpostfix.h"
#include "milter/ctl/postfixmap.h"
#include "policy/nexthop.h"

/* A domain, its parents with a dot in front: as transport(5) looks. */
static bool
add_transport_keys(void *context, const struct match *match,
    enum scope scope)
{
	struct slice name = match->domain;
	char storage[DOMAIN_MAX + 2];
	struct buf key;

	(void)scope;
	if (!nexthop_is_bound_by(match->rule))
		return true;
	if (!postfixmap_add(context, name))
		return false;
	while (name.at[0] != '[' && domain_parent(&name)) {
		buf_init_fixed(&key, storage, sizeof(storage));
		buf_putc(&key, '.');
		buf_put_slice(&key, name);
		if (!postfixmap_add(context, buf_slice(&key)))
			return false;
	}
	return true;
}

/* A key with a dot is a parent's, which counts if all before has no answer. */
static bool
some_answer_unbinds(const struct postfix_view *view,
    const struct postfixmap *asked)
{
	const char *key, *answer;
	bool is_open = true; /* the domain has no answer yet */
	size_t i;

	for (i = 1; (key = postfixmap_key(asked, i)) != NULL; i++) {
		if (key[0] != '.') {
			/* `*`, the first key, is for the one before. */
			if (i > 1 && is_open &&
			    postfixmap_answer(asked, 0) != NULL &&
			    !postfix_keeps(view, slice_of(
				postfixmap_answer(asked, 0))))
				return true;
			is_open = true;
		}
		answer = postfixmap_answer(asked, i);
		if (answer == NULL || !is_open)
			continue;
		is_open = false;
		if (!postfix_keeps(view, slice_of(answer)))
			return true;
	}
	answer = postfixmap_answer(asked, 0);
	return is_open && i > 1 && answer != NULL &&
	    !postfix_keeps(view, slice_of(answer));
}

bool
postfix_maps_lead_away(const struct postfix_view *view, const char *maps)
{
	struct postfixmap *asked;
	bool unbinds;

	if (postfixmap_new(view->conf, &asked) != STATUS_OK)
		return false;
	(void)postfixmap_add(asked, slice_of("*"));
	table_each(view->doctor->config->table, add_transport_keys, asked);
	postfixmap_ask(asked, maps);
	unbinds = some_answer_unbinds(view, asked);
	postfixmap_free(&asked);
	return unbinds;
}
