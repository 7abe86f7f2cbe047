/*
 * fuzz_taglist: any octets as the value of a stamp's field.
 *
 * What is read lies within the text, no name comes twice, and what cannot
 * be parsed claims to be ours. What stamp_read takes, it can take apart.
 */
#include <stdint.h>
#include <stdlib.h>

#include "milter/stamp/stampread.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static bool
lies_within(struct slice part, struct slice whole)
{
	return part.len == 0 || (part.at >= whole.at &&
	    part.at + part.len <= whole.at + whole.len);
}

static void
check_tags(const struct taglist *tags, struct slice text)
{
	size_t i, j;

	require(tags->count >= 1 && tags->count <= TAGLIST_MAX);
	for (i = 0; i < tags->count; i++) {
		const struct tag *tag = &tags->tags[i];

		require(tag->name.len > 0 && lies_within(tag->name, text));
		require(lies_within(tag->raw, text));
		require(lies_within(tag->value, tag->raw));
		for (j = 0; j < i; j++)
			require(!slice_equal(tags->tags[j].name, tag->name));
	}
}

static void
check_stamp(const struct taglist *tags)
{
	struct slice rest, name;
	struct stamp stamp;
	const char *flaw;
	size_t names = 0;

	if (stamp_read(tags, &stamp, &flaw) != STAMP_FLAW_NONE)
		return;
	for (rest = stamp.covered; stamp_covered_next(&rest, &name); names++)
		require(grammar_is_field_name(name));
	require(names > 0 && stamp.signature_len > 0 && stamp.time >= 0);
	require(grammar_is_name(domain_slice(&stamp.domain)));
	require(stamp.cn_len == 0 || stamp.cert == CERT_TRUSTED);
}

/* Without the value of b= nothing else is missing. */
static void
check_unsigned(struct slice text, const struct taglist *tags)
{
	const struct tag *b = taglist_find(tags, "b");
	struct buf bare;

	buf_init(&bare, text.len + 1);
	stamp_put_unsigned(text, tags, &bare);
	require(buf_status(&bare) == STATUS_OK);
	require(bare.len + (b == NULL ? 0 : b->raw.len) == text.len);
	buf_clear(&bare);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make((const char *)data, size);
	struct slice ours = slice_of("example.org");
	struct taglist tags;
	struct domain domain;

	if (stamp_read_tags(text, &tags) != STATUS_OK) {
		require(stamp_claims_ours(text, ours));
		return 0;
	}
	check_tags(&tags, text);
	check_stamp(&tags);
	check_unsigned(text, &tags);
	if (stamp_read_domain(&tags, &domain))
		require(stamp_claims_ours(text, ours) ==
		    (domain_is_below(domain_slice(&domain), ours, true) ||
			(slice_holds(text, "=?") && slice_holds(text, "?="))));
	else
		require(stamp_claims_ours(text, ours));
	return 0;
}
