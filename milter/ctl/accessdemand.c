#include "milter/ctl/accessdemand.h"

#include <string.h>

enum { BITS_MAX = 99999 };

static const char cn_tag[] = "CN:";

static struct slice
behind(struct slice text, size_t len)
{
	return slice_trim(slice_make(text.at + len, text.len - len));
}

/* Without `PERM+` or `TEMP+`, which choose the reply's code. */
static struct slice
without_code(struct slice text)
{
	struct slice rest = text;
	struct slice word = slice_trim(slice_cut(&rest, '+'));

	if (rest.at != NULL && (slice_is_nocase(word, "PERM") ||
	    slice_is_nocase(word, "TEMP")))
		return slice_trim(rest);
	return text;
}

struct accessdemand
accessdemand_parse(struct slice text)
{
	struct accessdemand demand = {.kind = ACCESS_NOTHING};
	struct slice more = without_code(slice_trim(text)), bits, kind;

	bits = slice_trim(slice_cut(&more, '+'));
	kind = slice_trim(slice_cut(&bits, ':'));
	if (bits.at != NULL &&
	    !slice_number(slice_trim(bits), BITS_MAX, &demand.bits))
		return demand;
	if (slice_is_nocase(kind, "VERIFY")) {
		demand.kind = ACCESS_VERIFY;
		/* Who has a certificate that was verified has TLS. */
		if (demand.bits == 0)
			demand.bits = 1;
	} else if (slice_is_nocase(kind, "ENCR") && demand.bits > 0) {
		demand.kind = ACCESS_ENCR;
	}
	demand.more = slice_trim(more);
	return demand;
}

const char *
accessdemand_name(const struct level *level)
{
	if (level->peer != PEER_NAMED || level->peer_name_count != 1 ||
	    level->peer_names[0][0] == '*')
		return NULL;
	return level->peer_names[0];
}

struct accessdemand
accessdemand_of(const struct level *level)
{
	/* With 0 bits Sendmail takes clear text for encryption. */
	return (struct accessdemand){
	    .kind = level->peer == PEER_ANY ? ACCESS_ENCR : ACCESS_VERIFY,
	    .bits = level->min_bits == 0 ? 1 : level->min_bits,
	    .more = slice_of(accessdemand_name(level))};
}

void
accessdemand_print(const struct accessdemand *demand, struct buf *out)
{
	buf_printf(out, "%s:%lu",
	    demand->kind == ACCESS_VERIFY ? "VERIFY" : "ENCR", demand->bits);
	if (demand->more.len == 0)
		return;
	buf_printf(out, "+%s", cn_tag);
	buf_put_slice(out, demand->more);
}

/* CN is compared whole, without regard to case. */
static bool
has_name(struct slice more, struct slice name)
{
	while (more.at != NULL) {
		struct slice one = slice_trim(slice_cut(&more, '+'));

		if (slice_begins_nocase(one, cn_tag) &&
		    slice_equal_nocase(behind(one, strlen(cn_tag)), name))
			return true;
	}
	return false;
}

bool
accessdemand_covers(const struct accessdemand *have,
    const struct accessdemand *want)
{
	return have->kind >= want->kind && have->bits >= want->bits &&
	    (want->more.len == 0 || has_name(have->more, want->more));
}

void
accessdemand_join(struct accessdemand *demand,
    const struct accessdemand *other)
{
	if (other->kind > demand->kind)
		demand->kind = other->kind;
	if (other->bits > demand->bits)
		demand->bits = other->bits;
	if (other->more.len == 0 ||
	    slice_equal_nocase(demand->more, other->more))
		return;
	/* Nobody is called `+`. */
	demand->more = demand->more.len == 0 ? other->more : slice_of("+");
}
