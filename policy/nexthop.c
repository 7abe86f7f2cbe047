#include "policy/nexthop.h"

#include <string.h>

#include "policy/address.h"

/* Without `[` `]` and `:PORT`. An IPv6 address has its colons in brackets. */
static struct slice
without_port(struct slice key)
{
	struct slice rest;

	if (key.len > 0 && key.at[0] == '[') {
		rest = slice_make(key.at + 1, key.len - 1);
		return slice_cut(&rest, ']');
	}
	rest = key;
	return slice_cut(&rest, ':');
}

bool
nexthop_domain(struct slice key, struct domain *out)
{
	char literal[IPADDR_LITERAL];
	struct ipaddr addr;
	struct slice host = without_port(key);

	domain_init(out);
	if (key.len > 0 && key.at[0] == '.')
		return false;
	if (!ipaddr_parse_loosely(host, &addr)) {
		domain_normalize(host, out);
		return true;
	}
	ipaddr_print_literal(&addr, literal);
	domain_normalize(slice_of(literal), out);
	return true;
}

/* What Postfix calls the version, in the syntax of 3.6: `>=TLSv1.2`. */
static void
put_protocols(enum tls_version version, struct buf *out)
{
	const char *number = tls_version_number(version);

	buf_printf(out, " protocols=>=TLSv%s",
	    strcmp(number, "1.0") == 0 ? "1" : number);
}

/* `*.x` is `.x` to Postfix. */
static void
put_match(const struct match *match, struct buf *out)
{
	const struct level *level = &match->rule->level;
	const char *name;
	size_t i;

	buf_puts(out, " match=");
	if (level->peer_names == NULL) {
		buf_put_slice(out, match->domain);
		buf_puts(out, ":.");
		buf_put_slice(out, match->domain);
		return;
	}
	for (i = 0; i < level->peer_name_count; i++) {
		name = level->peer_names[i];
		buf_printf(out, "%s%s", i == 0 ? "" : ":",
		    name[0] == '*' ? name + 1 : name);
	}
}

void
nexthop_policy(const struct match *match, struct buf *out)
{
	switch (match->rule->level.peer) {
	case PEER_ANY:
		buf_puts(out, "encrypt");
		break;
	case PEER_TRUSTED:
		buf_puts(out, "verify");
		break;
	case PEER_NAMED:
		buf_puts(out, "secure");
		put_match(match, out);
		break;
	}
	put_protocols(match->rule->level.min_tls, out);
	buf_puts(out, " ciphers=high");
}

bool
nexthop_is_bound_by(const struct rule *rule)
{
	return rule->to == MODE_REQUIRE &&
	    rule->operation == OPERATION_ENFORCE;
}

/*
 * Sendmail looks for what stands in the address, in lower case and nothing
 * else: so in the words of `export sendmail`, or in none.
 */
static bool
is_as_exported(struct slice literal, struct slice exported)
{
	struct slice inside = slice_make(literal.at + 1, literal.len - 2);

	return slice_equal_nocase(literal, exported) ||
	    slice_equal_nocase(inside, exported);
}

enum binding
nexthop_binding(const struct table *table, const struct domain *domain,
    bool is_ascii)
{
	struct match match;

	table_find(table, domain, &match);
	if (!nexthop_is_bound_by(match.rule))
		return BINDING_NONE;
	if (slice_is(match.domain, "*"))
		return BINDING_HOLDS;
	if (domain->kind != DOMAIN_LITERAL)
		return is_ascii ? BINDING_HOLDS : BINDING_NAME;
	if (is_as_exported(domain_slice(domain), match.domain))
		return BINDING_HOLDS;
	return match.domain.at[0] == '[' ? BINDING_ADDRESS : BINDING_HOST;
}

enum binding
nexthop_address_binding(const struct table *table,
    const struct domain *domain, struct slice address)
{
	enum binding binding = nexthop_binding(table, domain,
	    address_has_ascii_domain(address));

	return binding == BINDING_NONE || address_has_simple_domain(address)
	    ? binding : BINDING_FORM;
}

bool
nexthop_is_lost(enum binding binding)
{
	return binding != BINDING_NONE && binding != BINDING_HOLDS;
}

void
nexthop_answer(const struct table *table, struct slice key, struct buf *out)
{
	struct domain domain;
	struct match match;

	if (nexthop_domain(key, &domain)) {
		table_find(table, &domain, &match);
		if (nexthop_is_bound_by(match.rule)) {
			buf_puts(out, "OK ");
			nexthop_policy(&match, out);
			return;
		}
	}
	buf_puts(out, "NOTFOUND ");
}
