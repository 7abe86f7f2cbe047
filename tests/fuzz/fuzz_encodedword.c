/*
 * fuzz_encodedword: any octets as a subject, and in encoded words.
 *
 * A smaller room gives the beginning of what a larger one gives; text without
 * encoded words stays as it is; what is encoded comes back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "milter/session/encodedword.h"
#include "milter/stamp/base64.h"

enum { PIECE = 40 }; /* octets in each word that is made here */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* In memory of exactly that size: writers beyond it are caught. */
static struct slice
decode(struct slice text, size_t size)
{
	char *out = malloc(size + 1);

	require(out != NULL);
	out[size] = '\0';
	return slice_make(out, encodedword_decode(text, out, size));
}

static void
release(struct slice decoded)
{
	free((void *)(uintptr_t)decoded.at);
}

static void
check_rooms(struct slice text)
{
	struct slice whole = decode(text, text.len), part;
	size_t size;

	require(whole.len <= text.len);
	if (!slice_holds(text, "=?"))
		require(slice_equal(whole, text));
	for (size = 0; size < text.len; size = 8 * size + 1) {
		part = decode(text, size);
		require(part.len == (whole.len < size ? whole.len : size));
		require(part.len == 0 ||
		    memcmp(part.at, whole.at, part.len) == 0);
		release(part);
	}
	release(whole);
}

static void
put_q(struct slice piece, struct buf *out)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t i;

	buf_puts(out, "=?utf-8?q?");
	for (i = 0; i < piece.len; i++) {
		buf_putc(out, '=');
		buf_putc(out, digits[(unsigned char)piece.at[i] / 16]);
		buf_putc(out, digits[(unsigned char)piece.at[i] % 16]);
	}
	buf_puts(out, "?=");
}

static void
put_b(struct slice piece, struct buf *out)
{
	buf_puts(out, "=?iso-8859-1*en?B?");
	base64_put(out, (const unsigned char *)piece.at, piece.len);
	buf_puts(out, "?=");
}

/* Words of both encodings in turn, folded as mail programs do. */
static void
check_return(struct slice text)
{
	struct slice rest = text, decoded;
	struct buf words;
	size_t turn;

	buf_init(&words, 8 * text.len + 64);
	for (turn = 0; rest.len > 0; turn++) {
		size_t len = rest.len < PIECE ? rest.len : PIECE;

		if (turn > 0)
			buf_puts(&words, turn % 3 == 0 ? "\n\t" : " ");
		(turn % 2 == 0 ? put_q : put_b)(slice_make(rest.at, len),
		    &words);
		rest = slice_make(rest.at + len, rest.len - len);
	}
	require(buf_status(&words) == STATUS_OK);
	decoded = decode(buf_slice(&words), words.len);
	require(slice_equal(decoded, text));
	release(decoded);
	buf_clear(&words);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make((const char *)data, size);

	check_rooms(text);
	check_return(text);
	return 0;
}
