/*
 * Mail to a domain that a rule binds, by another name or another way.
 *
 * Postfix asks smtp_tls_policy_maps for the next hop. A transport or a map
 * that names a next hop, or gives a recipient another domain, leads past the
 * rule of the recipient's domain; the rule of that other name counts then.
 * Source: transport(5), virtual(5), canonical(5), postconf(5).
 */
#include <stdio.h>
#include <string.h>

#include "milter/ctl/doctorpostfix.h"
#include "milter/ctl/postfixlist.h"
#include "milter/ctl/postfixmap.h"
#include "milter/ctl/program.h"
#include "policy/nexthop.h"

enum { LIST_MAX = 16 * 1024 * 1024, NAME_MAX_MAP = 4096 };

/* What stands on the right of a map, and of whose mail it speaks. */
enum way {
	WAY_TRANSPORT,	      /* of recipients: transport:nexthop */
	WAY_ADDRESS,	      /* of recipients: addresses */
	WAY_SENDER_TRANSPORT, /* of senders, whoever the recipient is */
	WAY_SENDER_HOP,
	WAY_SENDER_ADDRESS
};

static bool
is_bound(const struct postfix_view *view, struct slice hop)
{
	struct domain domain;

	return nexthop_domain(hop, &domain) &&
	    nexthop_binding(view->doctor->config->table, &domain, true) !=
	    BINDING_NONE;
}

/* What does not leave this host needs no TLS. */
static bool
is_here(struct slice hop)
{
	static const char *const begin[] = {"127.", "[127.", "localhost",
	    "[localhost]", "[::1]", "unix:", "/"};
	size_t i;

	if (slice_begins_nocase(hop, "inet:"))
		(void)slice_cut(&hop, ':');
	for (i = 0; i < LENGTH(begin); i++)
		if (slice_begins_nocase(hop, begin[i]))
			return true;
	return false;
}

/* The program behind a transport; "" when there is none. */
static const char *
command_of(const struct postfix_view *view, struct slice transport)
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
	    : command_of(view, transport);

	if (strcmp(command, "smtp") == 0)
		return hop.len == 0 || is_here(hop) || is_bound(view, hop);
	if (strcmp(command, "lmtp") == 0)
		return is_here(hop);
	return strcmp(command, "pipe") != 0;
}

/* Postfix delivers to it by itself. */
static bool
is_own_domain(const struct postfix_view *view, struct slice domain)
{
	static const char *const lists[] = {"mydestination",
	    "virtual_mailbox_domains", "myhostname", "mydomain"};
	char name[DOMAIN_MAX + 1];
	size_t i;

	(void)snprintf(name, sizeof(name), "%.*s", (int)domain.len,
	    domain.at);
	for (i = 0; i < LENGTH(lists); i++)
		if (postfixlist_has(postfix_value(view, lists[i]), name))
			return true;
	return false;
}

/* What follows the last @; len 0: nothing, or there is none. */
static struct slice
domain_of(struct slice address)
{
	struct slice rest = address;

	if (address.len == 0 || memchr(address.at, '@', address.len) == NULL)
		return slice_make(address.at, 0);
	while (rest.len > 0 && memchr(rest.at, '@', rest.len) != NULL)
		(void)slice_cut(&rest, '@');
	return rest;
}

static bool
addresses_are_fine(const struct postfix_view *view, struct slice list)
{
	struct slice address;

	while ((address = postfixlist_next(&list)).at != NULL) {
		struct slice domain = domain_of(address);

		if (domain.len > 0 && !is_bound(view, domain) &&
		    !is_own_domain(view, domain))
			return false;
	}
	return true;
}

/* Does a line of a map lead mail past the rules? */
static bool
leads_past(const struct postfix_view *view, enum way way, struct slice key,
    struct slice value)
{
	struct slice domain = domain_of(key);

	switch (way) {
	case WAY_TRANSPORT:
		if (key.len > 1 && key.at[0] == '.')
			key = slice_make(key.at + 1, key.len - 1);
		return is_bound(view, domain.len > 0 ? domain : key) &&
		    !postfix_keeps(view, value);
	case WAY_ADDRESS:
		return domain.len > 0 && is_bound(view, domain) &&
		    !addresses_are_fine(view, value);
	case WAY_SENDER_TRANSPORT:
		return !slice_is(value, "DUNNO") &&
		    !postfix_keeps(view, value);
	case WAY_SENDER_HOP:
		return !slice_is(value, "DUNNO") && !is_here(value) &&
		    !is_bound(view, value);
	case WAY_SENDER_ADDRESS:
		return !addresses_are_fine(view, value);
	}
	return false;
}

/* All lines of a map; false: maps of its class cannot be listed. */
static bool
list_map(const struct postfix_view *view, struct slice map, struct buf *out)
{
	char name[NAME_MAX_MAP];
	const char *argv[] = {"postmap", "-c",
	    postfix_value(view, "config_directory"), "-s", name, NULL};

	postfixmap_name(map, name, sizeof(name));
	return program_run(argv, out, NULL) == STATUS_OK;
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
	postfix_ask_map(view, map, buf_slice(&keys), out);
	buf_clear(&keys);
}

/* Senders cannot be guessed: what cannot be listed may lead anywhere. */
static bool
map_leads_past(const struct postfix_view *view, enum way way,
    struct slice map)
{
	struct slice rest, value;
	struct buf lines;
	bool found = false;

	buf_init(&lines, LIST_MAX);
	if (!list_map(view, map, &lines)) {
		if (way == WAY_TRANSPORT || way == WAY_ADDRESS)
			ask_for_domains(view, map, &lines);
		else
			found = true;
	}
	rest = buf_slice(&lines);
	while (rest.len > 0 && !found) {
		struct slice key;

		value = slice_cut(&rest, '\n');
		key = slice_cut(&value, '\t');
		value = slice_trim(value);
		found = value.len > 0 && leads_past(view, way, key, value);
	}
	buf_clear(&lines);
	return found;
}

static void
put_setting(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%s%s = %.120s", out->len == 0 ? "" : "; ", name,
	    value);
}

static void
check_maps(const struct postfix_view *view, struct buf *out)
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
			put_setting(out, maps[i].name, value);
	}
}

/* A filter on this host gives mail back, and so does a program. */
static bool
filter_is_fine(const struct postfix_view *view, const char *value)
{
	struct slice hop = slice_of(value), transport = slice_cut(&hop, ':');

	return value[0] == '\0' ||
	    strcmp(command_of(view, transport), "pipe") == 0 ||
	    (hop.len > 0 && postfix_keeps(view, slice_of(value)));
}

static void
check_filters(const struct postfix_view *view, struct buf *out)
{
	const char *value = postfix_value(view, "content_filter");
	const struct postfix_service *service;
	size_t i = 0;

	if (!filter_is_fine(view, value)) {
		put_setting(out, "content_filter", value);
		return;
	}
	while ((service = postfixconf_service(view->conf, i++)) != NULL) {
		value = postfix_for(view, service, "content_filter");
		if (!filter_is_fine(view, value)) {
			put_setting(out, "content_filter", value);
			return;
		}
	}
}

void
postfix_check_ways(const struct postfix_view *view)
{
	char storage[DIAGNOSIS_TEXT_MAX];
	const char *way = postfix_value(view, "default_transport");
	const char *relay = postfix_value(view, "relay_transport");
	const char *bcc = postfix_value(view, "always_bcc");
	struct buf out;

	buf_init_fixed(&out, storage, sizeof(storage));
	if (!postfix_keeps(view, slice_of(way)))
		put_setting(&out, "default_transport", way);
	if (postfix_value(view, "relay_domains")[0] != '\0' &&
	    !postfix_keeps(view, slice_of(relay)))
		put_setting(&out, "relay_transport", relay);
	check_filters(view, &out);
	if (!addresses_are_fine(view, slice_of(bcc)))
		put_setting(&out, "always_bcc", bcc);
	check_maps(view, &out);
	if (out.len == 0)
		return;
	diagnosis_add(view->d, SEVERITY_WARNING, "rewritten",
	    "Postfix: mail to a domain that a rule binds may go by another "
	    "name or another way: %s", buf_text(&out));
	diagnosis_why(view->d, "smtp_tls_policy_maps is asked for the next "
	    "hop. Where these name a next hop, or another domain, the rule of "
	    "that name counts, and there is none that binds; pipe and lmtp do "
	    "not ask it at all.");
	diagnosis_remedy(view->d, "# in %s: a policy with to = \"require\" "
	    "for each next hop and domain that they lead to; or take the "
	    "domain out of them", view->doctor->config_file);
}
