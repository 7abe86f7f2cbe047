#include "policy/idna.h"

#include <idn2.h>
#include <string.h>

#include "policy/base/attributes.h"
#include "policy/base/buf.h"

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

static bool
convert_label(struct slice label, struct buf *out)
{
	char text[IDNA_MAX + 1];
	char *found = NULL;

	memcpy(text, label.at, label.len);
	text[label.len] = '\0';
	if (idn2_to_ascii_8z(text, &found,
		IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return false;
	buf_puts(out, found);
	idn2_free(found);
	return true;
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
