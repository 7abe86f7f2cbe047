#include "milter/session/encodedword.h"

#include <string.h>

#include "milter/stamp/base64.h"

/* The decoded octets of one encoded word. */
struct word {
	unsigned char octets[ENCODED_TEXT_MAX];
	size_t len;
};

static int
hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, ascii_lower(c));

	return at == NULL ? -1 : (int)(at - digits);
}

/* `_` is a blank, `=HH` an octet: RFC 2047, 4.2. */
static void
read_q(struct slice text, struct word *out)
{
	size_t i;

	out->len = 0;
	for (i = 0; i < text.len; i++) {
		int high = -1, low = -1;

		if (text.at[i] == '=' && i + 2 < text.len) {
			high = hex_value(text.at[i + 1]);
			low = hex_value(text.at[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			out->octets[out->len++] =
			    (unsigned char)(high * 16 + low);
			i += 2;
		} else {
			out->octets[out->len++] = text.at[i] == '_'
			    ? ' '
			    : (unsigned char)text.at[i];
		}
	}
}

/*
 *	encoded-word = "=?" charset "?" encoding "?" encoded-text "?="
 *
 * Take one from the front of *rest. Returns false, with *rest as it was,
 * when there is none.
 */
static bool
take_word(struct slice *rest, struct word *out)
{
	struct slice left = *rest, charset, encoding, text;

	if (!slice_begins_nocase(left, "=?"))
		return false;
	left = slice_make(left.at + 2, left.len - 2);
	charset = slice_cut(&left, '?');
	encoding = slice_cut(&left, '?');
	text = slice_cut(&left, '?');
	if (charset.len == 0 || left.len == 0 || left.at[0] != '=' ||
	    text.len > ENCODED_TEXT_MAX)
		return false;
	if (slice_is_nocase(encoding, "q"))
		read_q(text, out);
	else if (!slice_is_nocase(encoding, "b") ||
	    base64_read(text, out->octets, sizeof(out->octets), &out->len) !=
		STATUS_OK)
		return false;
	*rest = slice_make(left.at + 1, left.len - 1);
	return true;
}

static struct slice
without_blanks(struct slice s)
{
	while (s.len > 0 && ascii_is_blank(s.at[0]))
		s = slice_make(s.at + 1, s.len - 1);
	return s;
}

size_t
encodedword_decode(struct slice text, char *out, size_t size)
{
	struct word word;
	size_t len = 0, part;

	while (text.len > 0 && len < size) {
		if (!take_word(&text, &word)) {
			out[len++] = text.at[0];
			text = slice_make(text.at + 1, text.len - 1);
			continue;
		}
		part = word.len < size - len ? word.len : size - len;
		memcpy(out + len, word.octets, part);
		len += part;
		if (slice_begins_nocase(without_blanks(text), "=?"))
			text = without_blanks(text);
	}
	return len;
}
