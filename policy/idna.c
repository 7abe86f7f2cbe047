#include "policy/idna.h"

#include <idn2.h>
#include <string.h>

#include "policy/base/attributes.h"
#include "policy/base/buf.h"
#include "policy/base/utf8.h"
#include "policy/punycode.h"

/* The length of the dot that s begins with (UTS 46, 4.5: four dots); or 0. */
static size_t
dot_length(struct slice s)
{
	/* U+3002, U+FF0E, U+FF61 */
	static const char *const dots[] = {
	    ".", "\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1"};
	size_t i;

	for (i = 0; i < LENGTH(dots); i++)
		if (slice_begins_nocase(s, dots[i]))
			return strlen(dots[i]);
	return 0;
}

/* Cut the first label off *rest; false when no dot stood behind it. */
static bool
cut_label(struct slice *rest, struct slice *label)
{
	size_t len = 0, dot = 0;

	while (len < rest->len && dot == 0) {
		dot = dot_length(slice_make(rest->at + len, rest->len - len));
		if (dot == 0)
			len++;
	}
	*label = slice_make(rest->at, len);
	*rest = slice_make(rest->at + len + dot, rest->len - len - dot);
	return dot > 0;
}

static bool
is_ascii(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] >= 0x80)
			return false;
	return true;
}

/* IDN2_OK, with the A-label, or the ASCII that it maps to, at its end. */
static int
convert_strictly(struct slice label, struct buf *out)
{
	char text[IDNA_MAX + 1];
	char *found = NULL;
	int error;

	memcpy(text, label.at, label.len);
	text[label.len] = '\0';
	error = idn2_to_ascii_8z(
	    text, &found, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (error == IDN2_OK)
		buf_puts(out, found);
	idn2_free(found);
	return error;
}

struct points {
	uint32_t at[PUNYCODE_MAX];
	size_t count;
};

static bool
points_add(struct points *points, const uint32_t *at, size_t count)
{
	if (count > PUNYCODE_MAX - points->count)
		return false;
	memcpy(points->at + points->count, at, count * sizeof(*at));
	points->count += count;
	return true;
}

/* The code points that ascii, a label, stands for. */
static bool
points_add_label(struct points *points, const char *ascii)
{
	uint32_t *found = NULL;
	size_t count = 0;
	bool fits;

	if (idn2_to_unicode_8z4z(ascii, &found, 0) != IDN2_OK)
		return false;
	while (found[count] != 0)
		count++;
	fits = points_add(points, found, count);
	idn2_free(found);
	return fits;
}

/* A character with its marks; libidn2 maps it, or it stays as it is. */
static bool
points_add_character(struct points *points, struct slice character)
{
	char ascii[IDNA_MAX + 1];
	struct buf text;
	uint32_t point;

	buf_init_fixed(&text, ascii, sizeof(ascii));
	if (convert_strictly(character, &text) == IDN2_OK)
		return points_add_label(points, buf_text(&text));
	while (character.len > 0) {
		point = utf8_take(&character);
		/* libidn2 refuses a hyphen that stands alone. */
		if (point == 0xff0d || point == 0xfe63)
			point = '-';
		if (point < 0x80)
			point = (uint32_t)ascii_lower((char)point);
		if (!points_add(points, &point, 1))
			return false;
	}
	return true;
}

static bool
is_mark(struct slice character)
{
	char ascii[IDNA_MAX + 1];
	struct buf text;

	buf_init_fixed(&text, ascii, sizeof(ascii));
	return convert_strictly(character, &text) == IDN2_LEADING_COMBINING;
}

/* Cut a character and the marks that combine with it off *rest, if UTF-8. */
static bool
cut_character(struct slice *rest, struct slice *character)
{
	size_t len = utf8_length(*rest), next = len;
	struct slice left;

	while (next > 0 && len < rest->len) {
		left = slice_make(rest->at + len, rest->len - len);
		next = utf8_length(left);
		if (next == 0 || !is_mark(slice_make(left.at, next)))
			break;
		len += next;
	}
	*character = slice_make(rest->at, len);
	*rest = slice_make(rest->at + len, rest->len - len);
	return len > 0;
}

/* What is ASCII after all is the label: `xn--ls8h` in wide letters. */
static void
points_put(const struct points *points, struct buf *out)
{
	bool is_plain = true;
	size_t i;

	for (i = 0; i < points->count; i++)
		is_plain = is_plain && points->at[i] < 0x80;
	if (!is_plain) {
		buf_puts(out, "xn--");
		punycode_put(out, points->at, points->count);
		return;
	}
	for (i = 0; i < points->count; i++)
		buf_putc(out, (char)points->at[i]);
}

/*
 * What IDNA2008 refuses and UTS 46 does not, an emoji above all: an MTA that
 * goes by UTS 46 sends to it, so that it must be compared.
 */
static bool
convert_leniently(struct slice label, struct buf *out)
{
	struct points points = {.count = 0};
	struct slice character;

	while (label.len > 0)
		if (!cut_character(&label, &character) ||
		    !points_add_character(&points, character))
			return false;
	points_put(&points, out);
	return true;
}

static bool
convert_label(struct slice label, struct buf *out)
{
	return convert_strictly(label, out) == IDN2_OK ||
	    convert_leniently(label, out);
}

/*
 * Label by label: what IDNA refuses in an ASCII label (a hyphen at its edge,
 * an empty one) must not hide the domain above it.
 */
bool
idna_to_alabels(struct slice name, char out[IDNA_MAX + 1])
{
	struct slice label;
	struct buf text;
	bool more = true;

	if (name.len > IDNA_MAX || memchr(name.at, '\0', name.len) != NULL)
		return false;
	buf_init_fixed(&text, out, IDNA_MAX + 1);
	while (more) {
		more = cut_label(&name, &label);
		if (is_ascii(label))
			buf_put_slice(&text, label);
		else if (!convert_label(label, &text))
			return false;
		if (more)
			buf_putc(&text, '.');
	}
	return buf_status(&text) == STATUS_OK;
}
