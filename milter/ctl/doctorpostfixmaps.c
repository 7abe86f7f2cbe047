/*
 * Lines of Postfix's maps that lead mail past the rule of its domain.
 *
 * Source: transport(5), virtual(5), canonical(5), postconf(5).
 */
#include "milter/ctl/doctorpostfix.h"
#include "milter/ctl/postfixlist.h"
#include "milter/ctl/postfixmap.h"
#include "policy/nexthop.h"

enum { LIST_MAX = 16 * 1024 * 1024 };

/* What stands on the right of a map, and of whose mail it speaks. */
enum way {
	WAY_TRANSPORT,	      /* of recipients: transport:nexthop */
	WAY_ADDRESS,	      /* of recipients: addresses */
	WAY_SENDER_TRANSPORT, /* of senders, whoever the recipient is */
	WAY_SENDER_HOP,
	WAY_SENDER_ADDRESS
};

/* Does a line of a map lead mail past the rules? */
static bool
leads_past(const struct postfix_view *view, enum way way, struct slice key,
    struct slice value)
{
	struct slice domain = postfix_domain(key);

	switch (way) {
	case WAY_TRANSPORT:
		if (key.len > 1 && key.at[0] == '.')
			key = slice_make(key.at + 1, key.len - 1);
		return postfix_binds(view, domain.len > 0 ? domain : key) &&
		    !postfix_keeps(view, value);
	case WAY_ADDRESS:
		return domain.len > 0 && postfix_binds(view, domain) &&
		    !postfix_addresses_keep(view, value);
	case WAY_SENDER_TRANSPORT:
		return !slice_is_nocase(value, "DUNNO") &&
		    !postfix_keeps(view, value);
	case WAY_SENDER_HOP:
		return !slice_is_nocase(value, "DUNNO") &&
		    !postfix_hop_keeps(view, value);
	case WAY_SENDER_ADDRESS:
		return !postfix_addresses_keep(view, value);
	}
	return false;
}

/* `bank.example` and `@bank.example`, of each domain that is bound. */
static bool
put_keys(void *context, const struct match *match, enum scope scope)
{
	struct buf *keys = context;

	if (nexthop_is_bound_by(match->rule) && scope != SCOPE_BELOW)
		buf_printf(keys, "%.*s\n@%.*s\n", (int)match->domain.len,
		    match->domain.at, (int)match->domain.len,
		    match->domain.at);
	return keys->len + 2 * (DOMAIN_MAX + 2) < POSTFIX_KEYS_MAX;
}

static void
ask_for_domains(const struct postfix_view *view, struct slice map,
    struct buf *out)
{
	struct buf keys;

	buf_init(&keys, POSTFIX_KEYS_MAX);
	buf_puts(&keys, "*\n");
	table_each(view->doctor->config->table, put_keys, &keys);
	buf_reset(out);
	postfixmap_query(view->conf, map, buf_slice(&keys), out);
	buf_clear(&keys);
}

/* Senders cannot be guessed: what cannot be listed may lead anywhere. */
static bool
map_leads_past(const struct postfix_view *view, enum way way,
    struct slice map)
{
	struct slice rest, key, value;
	struct buf lines;
	bool found = false;

	buf_init(&lines, LIST_MAX);
	if (!postfixmap_list(view->conf, map, &lines)) {
		if (way == WAY_TRANSPORT || way == WAY_ADDRESS)
			ask_for_domains(view, map, &lines);
		else
			found = true;
	}
	rest = buf_slice(&lines);
	while (!found && postfixmap_line(&rest, &key, &value))
		found = value.len > 0 && leads_past(view, way, key, value);
	buf_clear(&lines);
	return found;
}

void
postfix_put_maps(const struct postfix_view *view, struct buf *out)
{
	static const struct {
		const char *name;
		enum way way;
	} maps[] = {
	    {"transport_maps", WAY_TRANSPORT},
	    {"virtual_alias_maps", WAY_ADDRESS},
	    {"canonical_maps", WAY_ADDRESS},
	    {"recipient_canonical_maps", WAY_ADDRESS},
	    {"recipient_bcc_maps", WAY_ADDRESS},
	    {"sender_dependent_default_transport_maps", WAY_SENDER_TRANSPORT},
	    {"sender_dependent_relayhost_maps", WAY_SENDER_HOP},
	    {"sender_bcc_maps", WAY_SENDER_ADDRESS},
	};
	size_t i;

	for (i = 0; i < LENGTH(maps); i++) {
		const char *value = postfix_value(view, maps[i].name);
		struct slice rest = slice_of(value), map;
		bool found = false;

		while (!found && (map = postfixlist_next(&rest)).at != NULL)
			found = map_leads_past(view, maps[i].way, map);
		if (maps[i].way == WAY_TRANSPORT && value[0] != '\0')
			found |= postfix_maps_lead_away(view, value);
		if (found)
			postfix_put_setting(out, maps[i].name, value);
	}
}
