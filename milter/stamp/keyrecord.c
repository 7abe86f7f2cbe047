#include "milter/stamp/keyrecord.h"

#include <string.h>

#include "milter/stamp/base64.h"
#include "milter/stamp/grammar.h"
#include "milter/stamp/taglist.h"

static enum keyrecord_flaw
read_algorithm(const struct tag *k, struct keyrecord *out)
{
	if (k == NULL)
		return KEYRECORD_FLAW_SYNTAX;
	if (slice_is(k->value, stamp_algorithm_key(STAMP_ED25519)))
		out->algorithm = STAMP_ED25519;
	else if (slice_is(k->value, stamp_algorithm_key(STAMP_RSA)))
		out->algorithm = STAMP_RSA;
	else
		return KEYRECORD_FLAW_ALGORITHM;
	return KEYRECORD_FLAW_NONE;
}

/* nb=, na=: a time, if there is one at all. */
static bool
read_bound(const struct tag *tag, int64_t *out)
{
	return tag == NULL || grammar_read_time(tag->value, out);
}

/* t= is a list of flags with colons, of which only y is known. */
static bool
has_testing_flag(const struct tag *tag)
{
	struct slice rest;

	if (tag == NULL)
		return false;
	rest = tag->value;
	do {
		if (slice_is(slice_trim(slice_cut(&rest, ':')), "y"))
			return true;
	} while (rest.at != NULL);
	return false;
}

enum keyrecord_flaw
keyrecord_read(struct slice text, struct keyrecord *out)
{
	const struct tag *v, *p;
	struct taglist tags;
	enum keyrecord_flaw flaw;

	memset(out, 0, sizeof(*out));
	out->not_after = INT64_MAX;
	if (text.len > KEYRECORD_MAX ||
	    taglist_read(text, &tags) != STATUS_OK)
		return KEYRECORD_FLAW_SYNTAX;
	v = taglist_find(&tags, "v");
	if (v != &tags.tags[0] || !slice_is(v->value, "DS1"))
		return KEYRECORD_FLAW_VERSION;
	flaw = read_algorithm(taglist_find(&tags, "k"), out);
	p = taglist_find(&tags, "p");
	if (p != NULL && p->value.len == 0)
		return KEYRECORD_FLAW_REVOKED;
	if (flaw != KEYRECORD_FLAW_NONE)
		return flaw;
	if (p == NULL || base64_read(p->value, out->octets,
			     sizeof(out->octets), &out->len) != STATUS_OK)
		return KEYRECORD_FLAW_SYNTAX;
	if (!read_bound(taglist_find(&tags, "nb"), &out->not_before) ||
	    !read_bound(taglist_find(&tags, "na"), &out->not_after))
		return KEYRECORD_FLAW_SYNTAX;
	out->testing = has_testing_flag(taglist_find(&tags, "t"));
	return KEYRECORD_FLAW_NONE;
}

bool
keyrecord_is_revoked(struct slice text)
{
	struct keyrecord record;

	return keyrecord_read(text, &record) == KEYRECORD_FLAW_REVOKED;
}
