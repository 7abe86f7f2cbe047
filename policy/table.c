#include "policy/table.h"

#include <stdlib.h>
#include <string.h>

#include "policy/base/arena.h"
#include "policy/networkset.h"

enum {
	TABLE_CHUNK = 16 * 1024,
	TABLE_CEILING = 512 * 1024 * 1024,
	ROOM_FIRST = 16
};

struct table {
	struct arena *arena;
	const struct rule **rules; /* every kept rule; entries hold its index */
	size_t rule_count, rule_room;
	const struct rule *standard; /* the rule `*` */
	struct nameset *domains;
	struct nameset *client_names;
	struct networkset *client_nets;
	struct table_traits traits;
};

enum status
table_new(struct table **out)
{
	struct table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return STATUS_NOMEM;
	if (arena_new(TABLE_CHUNK, TABLE_CEILING, &table->arena) !=
		STATUS_OK ||
	    nameset_new(&table->domains) != STATUS_OK ||
	    nameset_new(&table->client_names) != STATUS_OK ||
	    networkset_new(&table->client_nets) != STATUS_OK) {
		table_free(&table);
		return STATUS_NOMEM;
	}
	table->standard = &rule_default;
	*out = table;
	return STATUS_OK;
}

void
table_free(struct table **table)
{
	if (*table == NULL)
		return;
	arena_free(&(*table)->arena);
	nameset_free(&(*table)->domains);
	nameset_free(&(*table)->client_names);
	networkset_free(&(*table)->client_nets);
	free((*table)->rules);
	free(*table);
	*table = NULL;
}

/* Make room for one more rule; returns false without memory. */
static bool
reserve_rule(struct table *table)
{
	size_t room = table->rule_room == 0 ? ROOM_FIRST
					    : table->rule_room * 2;
	const struct rule **moved;

	if (table->rule_count < table->rule_room)
		return true;
	moved = realloc(table->rules, room * sizeof(*moved));
	if (moved == NULL)
		return false;
	table->rules = moved;
	table->rule_room = room;
	return true;
}

const struct rule *
table_keep(struct table *table, const struct rule *rule)
{
	const struct rule *copy = rule_copy(rule, table->arena);

	if (copy == NULL || !reserve_rule(table))
		return NULL;
	table->rules[table->rule_count++] = copy;
	if (copy->header_from)
		table->traits.header_from = true;
	if (copy->operation != OPERATION_OBSERVE)
		table->traits.stamps = true;
	if (copy->operation == OPERATION_ENFORCE && copy->to == MODE_REQUIRE)
		table->traits.binds = true;
	if (copy->from == MODE_PREFER || copy->to == MODE_PREFER)
		table->traits.prefer = true;
	return copy;
}

/* The index of a kept rule; the last one is asked for most. */
static enum status
rule_index(const struct table *table, const struct rule *rule, uint32_t *out)
{
	size_t i;

	for (i = table->rule_count; i > 0; i--) {
		if (table->rules[i - 1] == rule) {
			*out = (uint32_t)(i - 1);
			return STATUS_OK;
		}
	}
	return STATUS_NOTFOUND;
}

/* The name, if it is that, perhaps with a port, and no address of any kind. */
static bool
is_name_in_brackets(struct slice inside, struct domain *out)
{
	struct slice port = inside, host = slice_cut(&port, ':');
	unsigned long number;

	if (port.at != NULL && !slice_number(port, UINT16_MAX, &number))
		return false;
	domain_normalize(host, out);
	return out->kind == DOMAIN_NAME;
}

/* `192.0.2.1` or `192.0.2.1:25`, in any spelling that an MTA takes. */
static bool
is_address_in_brackets(struct slice inside, struct ipaddr *out)
{
	struct domain host;

	return ipaddr_parse_loosely(domain_without_root(inside), out) ||
	    (is_name_in_brackets(inside, &host) &&
		ipaddr_parse_loosely(domain_slice(&host), out));
}

struct slice
table_key(const struct domain *domain, char key[DOMAIN_MAX + 1])
{
	struct slice literal = domain_slice(domain), inside;
	char printed[IPADDR_LITERAL];
	struct domain name;
	struct ipaddr addr;
	size_t i;

	if (domain->kind != DOMAIN_LITERAL)
		return literal;
	inside = slice_make(literal.at + 1, literal.len - 2);
	if (is_address_in_brackets(inside, &addr)) {
		ipaddr_print_literal(&addr, printed);
		literal = slice_of(printed);
	} else if (is_name_in_brackets(inside, &name)) {
		literal = domain_slice(&name);
	}
	for (i = 0; i < literal.len; i++)
		key[i] = ascii_lower(literal.at[i]);
	return slice_make(key, literal.len);
}

static enum status
add_name(struct table *table, struct nameset *names,
    const struct domain *domain, enum scope scope, const struct rule *rule)
{
	char key[DOMAIN_MAX + 1];
	uint32_t value;
	enum status status = rule_index(table, rule, &value);

	if (status != STATUS_OK)
		return status;
	return nameset_add(names, table_key(domain, key), scope, value);
}

enum status
table_add_domain(struct table *table, const struct domain *domain,
    enum scope scope, const struct rule *rule)
{
	return add_name(table, table->domains, domain, scope, rule);
}

enum status
table_add_client(struct table *table, const struct domain *name,
    enum scope scope, const struct rule *rule)
{
	if (nameset_count(table->client_names) >= TABLE_MAX_CLIENTS)
		return STATUS_LIMIT;
	return add_name(table, table->client_names, name, scope, rule);
}

void
table_set_default(struct table *table, const struct rule *rule)
{
	table->standard = rule;
}

enum status
table_add_network(struct table *table, const struct network *net,
    struct slice title, const struct rule *rule)
{
	enum status status;
	uint32_t value;
	char *copy;

	if (networkset_count(table->client_nets) >= TABLE_MAX_CLIENTS)
		return STATUS_LIMIT;
	status = rule_index(table, rule, &value);
	if (status != STATUS_OK)
		return status;
	copy = arena_copy(table->arena, title);
	if (copy == NULL)
		return STATUS_NOMEM;
	return networkset_add(table->client_nets, net,
	    slice_make(copy, title.len), value);
}

enum status
table_freeze(struct table *table)
{
	return networkset_freeze(table->client_nets);
}

void
table_find(const struct table *table, const struct domain *domain,
    struct match *out)
{
	char key[DOMAIN_MAX + 1];
	struct nameset_hit hit;

	if (domain->len > 0 &&
	    nameset_find(table->domains, table_key(domain, key), &hit)) {
		out->rule = table->rules[hit.value];
		out->domain = hit.name;
		return;
	}
	out->rule = table->standard;
	out->domain = slice_of("*");
}

struct tour {
	const struct table *table;
	table_visit *visit;
	void *context;
};

static bool
tour_stop(void *context, const struct nameset_hit *hit, enum scope scope)
{
	const struct tour *tour = context;
	struct match match = {tour->table->rules[hit->value], hit->name};

	return tour->visit(tour->context, &match, scope);
}

void
table_each(const struct table *table, table_visit *visit, void *context)
{
	struct tour tour = {table, visit, context};

	nameset_each(table->domains, tour_stop, &tour);
}

bool
table_find_client(const struct table *table, const struct ipaddr *addr,
    const struct domain *name, struct match *out)
{
	struct networkset_hit net;
	struct nameset_hit hit;

	if (addr != NULL && networkset_find(table->client_nets, addr, &net)) {
		out->rule = table->rules[net.value];
		out->domain = net.title;
		return true;
	}
	if (name == NULL || name->kind != DOMAIN_NAME ||
	    !nameset_find(table->client_names, domain_slice(name), &hit))
		return false;
	out->rule = table->rules[hit.value];
	out->domain = hit.title;
	return true;
}

struct table_traits
table_traits(const struct table *table)
{
	return table->traits;
}

size_t
table_domains(const struct table *table)
{
	return nameset_count(table->domains);
}

size_t
table_held(const struct table *table)
{
	return arena_held(table->arena) + nameset_held(table->domains) +
	    nameset_held(table->client_names);
}
