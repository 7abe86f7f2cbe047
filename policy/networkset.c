#include "policy/networkset.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 16, LENGTHS = 129 };

struct member {
	struct network net;
	struct networkset_hit hit;
};

/* The networks of one prefix length: members[first] to [first+count-1]. */
struct band {
	unsigned bits;
	size_t first, count;
};

struct networkset {
	struct member *members; /* frozen: longest prefix first */
	size_t count, room;
	struct band bands[LENGTHS];
	size_t band_count;
};

enum status
networkset_new(struct networkset **out)
{
	*out = calloc(1, sizeof(**out));
	return *out == NULL ? STATUS_NOMEM : STATUS_OK;
}

void
networkset_free(struct networkset **set)
{
	if (*set == NULL)
		return;
	free((*set)->members);
	free(*set);
	*set = NULL;
}

enum status
networkset_add(struct networkset *set, const struct network *net,
    struct slice title, uint32_t value)
{
	size_t room = set->room == 0 ? ROOM_FIRST : set->room * 2;
	struct member *moved;

	if (set->count == set->room) {
		moved = realloc(set->members, room * sizeof(*moved));
		if (moved == NULL)
			return STATUS_NOMEM;
		set->members = moved;
		set->room = room;
	}
	set->members[set->count++] =
	    (struct member){*net, {value, title}};
	return STATUS_OK;
}

size_t
networkset_count(const struct networkset *set)
{
	return set->count;
}

/* Longest prefix first, then by address. */
static int
compare(const void *left, const void *right)
{
	const struct member *a = left, *b = right;

	if (a->net.bits != b->net.bits)
		return a->net.bits > b->net.bits ? -1 : 1;
	return memcmp(&a->net.base, &b->net.base, sizeof(a->net.base));
}

enum status
networkset_freeze(struct networkset *set)
{
	struct band *band = NULL;
	size_t i;

	if (set->count == 0)
		return STATUS_OK;
	qsort(set->members, set->count, sizeof(*set->members), compare);
	for (i = 0; i < set->count; i++) {
		const struct network *net = &set->members[i].net;

		if (i > 0 && network_equal(net, &set->members[i - 1].net))
			return STATUS_EXISTS;
		if (band == NULL || band->bits != net->bits) {
			band = &set->bands[set->band_count++];
			band->bits = net->bits;
			band->first = i;
		}
		band->count++;
	}
	return STATUS_OK;
}

static const struct member *
band_find(const struct networkset *set, const struct band *band,
    const struct ipaddr *addr)
{
	struct member wanted = {.hit = {0, {NULL, 0}}};

	network_of(addr, band->bits, &wanted.net);
	return bsearch(&wanted, set->members + band->first, band->count,
	    sizeof(*set->members), compare);
}

bool
networkset_find(const struct networkset *set, const struct ipaddr *addr,
    struct networkset_hit *out)
{
	const struct member *found;
	size_t i;

	for (i = 0; i < set->band_count; i++) {
		found = band_find(set, &set->bands[i], addr);
		if (found != NULL && network_holds(&found->net, addr)) {
			*out = found->hit;
			return true;
		}
	}
	return false;
}
