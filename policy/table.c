#include "policy/table.h"

#include <stdlib.h>
#include <string.h>

#include "policy/base/arena.h"

enum { TABLE_CHUNK = 16 * 1024, TABLE_CEILING = 512 * 1024 * 1024 };

struct client_net {
	struct network net;
	struct slice title;
	const struct rule *rule;
};

/* The networks of one prefix length: nets[first] to nets[first+count-1]. */
struct band {
	unsigned bits;
	size_t first, count;
};

struct table {
	struct arena *arena;
	const struct rule **rules; /* every kept rule; entries hold its index */
	size_t rule_count, rule_room;
	const struct rule *standard; /* the rule `*` */
	struct nameset *domains;
	struct nameset *client_names;
	struct client_net *nets; /* after table_freeze: longest prefix first */
	size_t net_count, net_room;
	struct band bands[129];
	size_t band_count;
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
	    nameset_new(&table->client_names) != STATUS_OK) {
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
	free((*table)->rules);
	free((*table)->nets);
	free(*table);
	*table = NULL;
}

/* Make room for one more element; returns false without memory. */
static bool
array_reserve(void **array, size_t count, size_t *room, size_t size)
{
	size_t more = *room == 0 ? 16 : *room * 2;
	void *moved;

	if (count < *room)
		return true;
	moved = realloc(*array, more * size);
	if (moved == NULL)
		return false;
	*array = moved;
	*room = more;
	return true;
}

static bool
keep_text(struct table *table, const char **text)
{
	if (*text == NULL)
		return true;
	*text = arena_copy(table->arena, slice_of(*text));
	return *text != NULL;
}

static bool
keep_peer_names(struct table *table, struct level *level)
{
	const char **names;
	size_t i;

	if (level->peer_names == NULL)
		return true;
	names = arena_alloc(table->arena,
	    level->peer_name_count * sizeof(*names));
	if (names == NULL)
		return false;
	for (i = 0; i < level->peer_name_count; i++) {
		names[i] = level->peer_names[i];
		if (!keep_text(table, &names[i]))
			return false;
	}
	level->peer_names = names;
	return true;
}

const struct rule *
table_keep(struct table *table, const struct rule *rule)
{
	void *array = table->rules;
	struct rule *copy = arena_alloc(table->arena, sizeof(*copy));
	bool has_room = array_reserve(&array, table->rule_count,
	    &table->rule_room, sizeof(*table->rules));

	table->rules = array;
	if (copy == NULL || !has_room)
		return NULL;
	*copy = *rule;
	if (!keep_text(table, &copy->help_url) ||
	    !keep_text(table, &copy->class_name) ||
	    !keep_peer_names(table, &copy->level))
		return NULL;
	table->rules[table->rule_count++] = copy;
	if (copy->header_from)
		table->traits.header_from = true;
	if (copy->operation != OPERATION_OBSERVE)
		table->traits.stamps = true;
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

/* The name, if that and no address of any kind is in the brackets. */
static bool
is_name_in_brackets(struct slice inside, struct domain *out)
{
	domain_normalize(inside, out);
	return out->kind == DOMAIN_NAME;
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
	if (ipaddr_parse(inside, &addr)) {
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
	void *array = table->nets;
	struct client_net *added;
	char *copy;

	if (table->net_count >= TABLE_MAX_CLIENTS)
		return STATUS_LIMIT;
	copy = arena_copy(table->arena, title);
	if (copy == NULL || !array_reserve(&array, table->net_count,
				&table->net_room, sizeof(*table->nets)))
		return STATUS_NOMEM;
	table->nets = array;
	added = &table->nets[table->net_count++];
	added->net = *net;
	added->title = slice_make(copy, title.len);
	added->rule = rule;
	return STATUS_OK;
}

/* Longest prefix first, then by address. */
static int
client_net_compare(const void *left, const void *right)
{
	const struct client_net *a = left, *b = right;

	if (a->net.bits != b->net.bits)
		return a->net.bits > b->net.bits ? -1 : 1;
	return memcmp(&a->net.base, &b->net.base, sizeof(a->net.base));
}

enum status
table_freeze(struct table *table)
{
	struct band *band = NULL;
	size_t i;

	if (table->net_count == 0)
		return STATUS_OK;
	qsort(table->nets, table->net_count, sizeof(*table->nets),
	    client_net_compare);
	for (i = 0; i < table->net_count; i++) {
		const struct network *net = &table->nets[i].net;

		if (i > 0 && network_equal(net, &table->nets[i - 1].net))
			return STATUS_EXISTS;
		if (band == NULL || band->bits != net->bits) {
			band = &table->bands[table->band_count++];
			band->bits = net->bits;
			band->first = i;
		}
		band->count++;
	}
	return STATUS_OK;
}

void
table_find(const struct table *table, const struct domain *domain,
    struct match *out)
{
	char key[DOMAIN_MAX + 1];
	struct nameset_hit hit;

	if ((domain->kind == DOMAIN_NAME || domain->kind == DOMAIN_LITERAL) &&
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

static const struct client_net *
band_find(const struct table *table, const struct band *band,
    const struct ipaddr *addr)
{
	struct client_net wanted = {.title = {NULL, 0}};

	network_of(addr, band->bits, &wanted.net);
	return bsearch(&wanted, table->nets + band->first, band->count,
	    sizeof(*table->nets), client_net_compare);
}

static bool
find_network(const struct table *table, const struct ipaddr *addr,
    struct match *out)
{
	size_t i;

	for (i = 0; i < table->band_count; i++) {
		const struct client_net *found =
		    band_find(table, &table->bands[i], addr);

		if (found != NULL && network_holds(&found->net, addr)) {
			out->rule = found->rule;
			out->domain = found->title;
			return true;
		}
	}
	return false;
}

bool
table_find_client(const struct table *table, const struct ipaddr *addr,
    const struct domain *name, struct match *out)
{
	struct nameset_hit hit;

	if (addr != NULL && find_network(table, addr, out))
		return true;
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
