/*
 * fuzz_mark: any octets as the fields and recipients of a message that may
 * be marked.
 *
 * The first octet says whether the client's marks count; the rest is cut at
 * each NUL: what begins with `<` is a recipient, the rest are fields. Strangers
 * set no mark and no route; a prefix that is taken off leaves the domain; what
 * is changed is there.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "milter/session/mark.h"
#include "policy/address.h"

enum { CHUNK = 4096, CEILING = 64 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct outbound_config outbound = {
    .mark_subject = "[tls]",
    .mark_subject_remove = true,
    .mark_header_name = "X-TLS",
    .mark_header_value = "yes",
    .mark_recipient_prefix = "tls.",
    .route_header_name = "X-Route",
    .route_header_value = "tls",
};

/* What was sent, as far as edits may speak of it. */
struct sent {
	struct mark mark;
	struct arena *arena;
	uint32_t subjects, routes, prefixes;
	bool is_marked; /* as far as this file can tell */
};

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static bool
is_same(const struct domain *a, const struct domain *b)
{
	return a->kind == b->kind &&
	    slice_equal(domain_slice(a), domain_slice(b));
}

static void
send_rcpt(struct sent *sent, struct slice path)
{
	struct slice address = address_of_path(path), bare;
	struct domain before, after;

	if (!mark_has_prefix(&sent->mark, sent->arena, address, &bare))
		return;
	require(sent->mark.honoured && bare.len > 0 &&
	    bare.len < address.len);
	address_domain(address, &before);
	address_domain(bare, &after);
	require(is_same(&before, &after));
	mark_add_prefixed(&sent->mark, sent->arena, address, bare);
	sent->prefixes++;
	sent->is_marked = true;
}

static void
send_field(struct sent *sent, struct slice field)
{
	struct slice value = field, name = slice_cut(&value, ':'), left = value;
	bool stays = mark_header(&sent->mark, sent->arena, name, &left);

	sent->subjects += slice_is_nocase(name, "Subject");
	sent->routes += slice_is_nocase(name, outbound.route_header_name);
	if (slice_is_nocase(name, "Subject") &&
	    slice_begins_nocase(slice_trim(value), outbound.mark_subject)) {
		sent->is_marked = true;
		require(!sent->mark.honoured || left.len < value.len ||
		    !stays);
	} else {
		require(stays && slice_equal(left, value));
	}
}

/* The n-th of a name that was sent so often, the last one first. */
static void
check_occurrence(const struct edit *edit, const struct sent *sent,
    uint32_t last[2])
{
	bool is_subject = strcmp(edit->name, "Subject") == 0;
	uint32_t count = is_subject ? sent->subjects : sent->routes;

	require(edit->occurrence >= 1 && edit->occurrence <= count);
	require(last[is_subject] == 0 || edit->occurrence < last[is_subject]);
	last[is_subject] = edit->occurrence;
	require(is_subject == sent->mark.honoured);
}

static void
check_edits(const struct edits *edits, const struct sent *sent)
{
	size_t counts[EDIT_ADD_RCPT + 1] = {0};
	uint32_t last[2] = {0, 0};
	const struct edit *edit;

	for (edit = edits->first; edit != NULL; edit = edit->next) {
		counts[edit->kind]++;
		if (edit->kind == EDIT_DELETE_FIELD ||
		    edit->kind == EDIT_CHANGE_FIELD)
			check_occurrence(edit, sent, last);
		if (edit->kind == EDIT_CHANGE_FIELD)
			require(slice_trim(slice_of(edit->value)).len > 0);
	}
	require(counts[EDIT_ADD_RCPT] == sent->prefixes &&
	    counts[EDIT_DELETE_RCPT] == sent->prefixes);
	require(counts[EDIT_INSERT_FIELD] == (sent->mark.is_set ? 1 : 0));
	if (!sent->mark.honoured)
		require(counts[EDIT_DELETE_FIELD] == sent->routes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_make((const char *)data, size), part;
	struct sent sent = {.subjects = 0};
	struct edits edits;
	enum status status;

	if (size == 0)
		return 0;
	require(arena_new(CHUNK, CEILING, &sent.arena) == STATUS_OK);
	mark_begin(&sent.mark, &outbound, data[0] % 2 == 1);
	rest = slice_make(rest.at + 1, rest.len - 1);
	while (rest.at != NULL) {
		part = slice_cut(&rest, '\0');
		if (part.len > 0 && part.at[0] == '<')
			send_rcpt(&sent, part);
		else
			send_field(&sent, part);
	}
	if (sent.is_marked || !sent.mark.honoured)
		require(sent.mark.is_set == sent.mark.honoured);
	edits_reset(&edits);
	status = mark_finish(&sent.mark, sent.arena, &edits);
	require((status == STATUS_OK) == !sent.mark.failed);
	if (status == STATUS_OK)
		check_edits(&edits, &sent);
	arena_free(&sent.arena);
	return 0;
}
