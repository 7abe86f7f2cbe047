#include "milter/stamp/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_put(struct buf *out, const unsigned char *data, size_t len)
{
	char quad[4];

	while (len > 0) {
		unsigned bits = (unsigned)data[0] << 16;
		size_t taken = len < 3 ? len : 3;

		if (taken > 1)
			bits |= (unsigned)data[1] << 8;
		if (taken > 2)
			bits |= (unsigned)data[2];
		quad[0] = alphabet[bits >> 18];
		quad[1] = alphabet[bits >> 12 & 63];
		quad[2] = taken > 1 ? alphabet[bits >> 6 & 63] : '=';
		quad[3] = taken > 2 ? alphabet[bits & 63] : '=';
		buf_put(out, quad, sizeof(quad));
		data += taken;
		len -= taken;
	}
}

/* The six bits that c stands for; -1 when none. */
static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_is_digit(c))
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Characters without the padding, and the bits that came last. */
struct decoder {
	size_t characters;
	size_t padding;
	unsigned bits;
};

/* Is what came a whole number of quads, with nothing in the unused bits? */
static bool
decoder_is_whole(const struct decoder *d)
{
	switch (d->characters % 4) {
	case 0:
		return d->padding == 0;
	case 2:
		return d->padding == 2 && (d->bits & 15) == 0;
	case 3:
		return d->padding == 1 && (d->bits & 3) == 0;
	default:
		return false;
	}
}

enum status
base64_read(struct slice text, unsigned char *out, size_t size, size_t *len)
{
	struct decoder d = {0, 0, 0};
	size_t used = 0, i;

	for (i = 0; i < text.len; i++) {
		int value = value_of(text.at[i]);
		size_t place = d.characters % 4;

		if (ascii_is_blank(text.at[i]))
			continue;
		if (text.at[i] == '=') {
			d.padding++;
			continue;
		}
		if (value < 0 || d.padding > 0)
			return STATUS_SYNTAX;
		d.bits = (d.bits << 6 | (unsigned)value) & 0xffff;
		d.characters++;
		if (place == 0)
			continue;
		if (used == size)
			return STATUS_LIMIT;
		/* The 2nd, 3rd and 4th character end an octet each. */
		out[used++] = (unsigned char)(d.bits >> (6 - 2 * place));
	}
	*len = used;
	return decoder_is_whole(&d) ? STATUS_OK : STATUS_SYNTAX;
}

bool
base64_read_exactly(struct slice text, unsigned char *out, size_t size)
{
	size_t len;

	return base64_read(text, out, size, &len) == STATUS_OK && len == size;
}
