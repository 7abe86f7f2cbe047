/*
 * fuzz_canon: any octets as a body, whole and in pieces, and as a field.
 *
 * The first octet says where to cut. Canonical text is its own canonical
 * form, and no cut changes it.
 */
#include <stdint.h>
#include <stdlib.h>

#include "milter/stamp/canon.h"
#include "milter/stamp/rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
collect(void *context, const void *data, size_t len)
{
	buf_put(context, data, len);
}

static void
canonicalize(struct slice in, size_t piece, struct buf *out)
{
	struct canon_body body;

	buf_init(out, 2 * in.len + CANON_STAGE);
	canon_body_init(&body, collect, out);
	while (in.len > 0) {
		size_t len = piece < in.len ? piece : in.len;

		canon_body_put(&body, in.at, len);
		in = slice_make(in.at + len, in.len - len);
	}
	canon_body_end(&body);
	require(buf_status(out) == STATUS_OK);
}

static void
check_body(struct slice text, size_t piece)
{
	struct buf whole, pieces, again;

	canonicalize(text, text.len, &whole);
	canonicalize(text, piece, &pieces);
	require(slice_equal(buf_slice(&whole), buf_slice(&pieces)));
	canonicalize(buf_slice(&whole), whole.len, &again);
	require(slice_equal(buf_slice(&whole), buf_slice(&again)));
	buf_clear(&whole);
	buf_clear(&pieces);
	buf_clear(&again);
}

static void
check_field(struct slice text)
{
	struct slice value = text, field_name = slice_cut(&value, ':');
	struct buf once, twice;
	struct slice canonical;

	buf_init(&once, text.len + 16);
	buf_init(&twice, text.len + 16);
	canon_field(field_name, value, &once);
	require(buf_status(&once) == STATUS_OK);
	canonical = buf_slice(&once);
	field_name = slice_cut(&canonical, ':');
	canonical.len -= 2;
	canon_field(field_name, canonical, &twice);
	if (slice_equal(slice_trim(canonical), canonical))
		require(slice_equal(buf_slice(&once), buf_slice(&twice)));
	(void)rewrite_changes(canonical);
	buf_clear(&once);
	buf_clear(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text;

	if (size == 0)
		return 0;
	text = slice_make((const char *)data + 1, size - 1);
	check_body(text, (size_t)data[0] + 1);
	check_field(text);
	return 0;
}
