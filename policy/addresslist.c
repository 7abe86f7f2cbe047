#include "policy/address.h"

#include <string.h>

#include "policy/addressscan.h"
#include "policy/base/utf8.h"

/* A longer quoted string or comment in a From field hides nothing. */
enum { PART_MAX = 512 };

/* Of one too long: both ends keep room for a domain. */
enum { FRONT_KEPT = ADDRESS_MAX / 2, PIECE_DROPPED = ADDRESS_MAX / 8 };

/* One address that is being collected. */
struct collected {
	char *out;
	size_t len;
	bool in_angle;
	bool has_at;	 /* the domain has begun */
	bool in_literal; /* ... with a bracket that is still open */
	bool parted;	 /* blanks or a comment stand behind out */
	bool ended;	 /* what comes now are words behind the address */
	bool is_open; /* nothing is hidden */
};

static void
collect_nothing(struct collected *c)
{
	c->len = 0;
	c->has_at = c->in_literal = c->parted = c->ended = false;
}

/*
 * Full: drop a piece of the middle, since the domain stands at the end, or in
 * front (`bank.example!boss`).
 */
static void
collect(struct collected *c, char octet)
{
	if (c->len == ADDRESS_MAX) {
		memmove(c->out + FRONT_KEPT, c->out + FRONT_KEPT +
		    PIECE_DROPPED, ADDRESS_MAX - FRONT_KEPT - PIECE_DROPPED);
		c->len -= PIECE_DROPPED;
	}
	c->out[c->len++] = octet;
}

static bool
is_operator(char octet)
{
	return octet == '.' || octet == '@' || octet == '!' || octet == '%';
}

/*
 * `a@bank.example Bob` is the address and a word behind it; `Big
 * bank.example!boss` is one below bank.example, as Sendmail puts a dot there.
 */
static void
collect_word(struct collected *c, char octet)
{
	char before = c->len > 0 ? c->out[c->len - 1] : '.';

	if (c->parted && c->has_at && before != '.' && before != '@' &&
	    octet != '.')
		c->ended = true;
	if (c->parted && !c->has_at && !is_operator(before) &&
	    !is_operator(octet))
		collect(c, '.');
	c->parted = false;
	if (!c->ended)
		collect(c, octet);
}

static void
collect_text(struct collected *c, char octet)
{
	if (octet == '[' && c->len > 0 && c->out[c->len - 1] == '@')
		c->in_literal = true;
	if (octet == ']')
		c->in_literal = false;
	collect_word(c, octet);
	if (octet == '@')
		c->has_at = true;
}

/*
 * The length of the quoted string or comment that s begins with; 0 when it
 * does not close soon: then it hides nothing.
 */
static size_t
hidden_part(struct slice s)
{
	struct addressscan scan = addressscan_readings[0];
	size_t i;

	for (i = 0; i < s.len && i < PART_MAX; i++) {
		(void)addressscan_takes(&scan, s.at[i]);
		if (!scan.open && scan.depth == 0)
			return i + 1;
	}
	return 0;
}

/* Take the quoted string or comment at the front; returns its length. */
static size_t
collect_hidden(struct collected *c, struct slice s)
{
	size_t len = hidden_part(s), i;

	if (s.at[0] == '(' || len == 0) {
		c->parted = true;
		return len == 0 ? 1 : len;
	}
	for (i = 0; i < len; i++)
		collect_word(c, s.at[i]);
	return len;
}

/* Is the octet, which begins another address, not to be taken with this? */
static bool
begins_address(const struct collected *c, char octet)
{
	if (octet == '@')
		return c->has_at && (c->parted || c->ended);
	return octet == '<' && c->in_angle && c->len > 0;
}

/* Does the octet end the address that is being collected? */
static bool
ends_address(const struct collected *c, char octet)
{
	if (octet == '>' || octet == ';')
		return true;
	/* In angle brackets a comma may part the hosts of a route. */
	return octet == ',' &&
	    !(c->in_angle && c->len > 0 && c->out[0] == '@');
}

/* What hides, and what keeps from hiding. */
static bool
is_special(char octet)
{
	return octet == '"' || octet == '(' || octet == ')' || octet == '\\';
}

/*
 * How many octets at the front of s part words: a blank, VT and FF, which
 * Sendmail takes out, or a blank that is not ASCII (Unicode, White_Space),
 * which readers show as one. Otherwise 0.
 */
static size_t
blank_length(struct slice s)
{
	uint32_t point;
	size_t len;

	if (ascii_is_blank(s.at[0]) || s.at[0] == '\v' || s.at[0] == '\f')
		return 1;
	len = utf8_length(s);
	if (len < 2)
		return 0;
	point = utf8_take(&s);
	if (point == 0x85 || point == 0xa0 || point == 0x1680 ||
	    (point >= 0x2000 && point <= 0x200a) || point == 0x2028 ||
	    point == 0x2029 || point == 0x202f || point == 0x205f ||
	    point == 0x3000)
		return len;
	return 0;
}

/* What readers do not show, and no address has. */
static bool
is_control(char octet)
{
	return (unsigned char)octet < ' ' || octet == 0x7f;
}

/* Take what stands between words; returns its length, 0 for a word. */
static size_t
collect_gap(struct collected *c, struct slice s, char octet)
{
	size_t len;

	if (octet == '"' || octet == '(')
		return collect_hidden(c, s);
	len = octet == ' ' ? 1 : blank_length(s);
	if (len > 0)
		c->parted = true;
	return len;
}

/*
 * Read up to the end of one address; returns how far it went.
 *
 *	mailbox = name-addr / addr-spec; group = name ":" [list] ";"
 *
 * What stands before "<" or ":" is a display name and is dropped.
 */
static size_t
collect_address(struct slice s, struct collected *c)
{
	size_t i = 0;

	while (i < s.len) {
		char octet = c->is_open && is_special(s.at[i]) ? ' ' : s.at[i];
		size_t gap = collect_gap(c,
		    slice_make(s.at + i, s.len - i), octet);

		if (gap > 0) {
			i += gap;
			continue;
		}
		if (ends_address(c, octet))
			return i + 1;
		if (begins_address(c, octet))
			return i;
		if (octet == '<' ||
		    (octet == ':' && !c->in_angle && !c->in_literal)) {
			collect_nothing(c);
			c->in_angle = c->in_angle || octet == '<';
		} else if (!is_control(octet)) {
			collect_text(c, octet);
		}
		i++;
	}
	return s.len;
}

bool
address_list_is_doubtful(struct slice value)
{
	size_t i;

	for (i = 1; i < value.len; i++)
		if (value.at[i - 1] == '\\' && is_special(value.at[i]))
			return true;
	return false;
}

bool
address_list_next(struct slice *rest, bool is_open, char out[ADDRESS_MAX + 1])
{
	struct collected c = {.out = out, .is_open = is_open};
	size_t used;

	while (rest->len > 0) {
		collect_nothing(&c);
		c.in_angle = false;
		used = collect_address(*rest, &c);
		rest->at += used;
		rest->len -= used;
		out[c.len] = '\0';
		if (c.len > 0)
			return true;
	}
	return false;
}
