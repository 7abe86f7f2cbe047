#include "milter/ledger/bundle.h"

#include <inttypes.h>

static const char proof_head[] = "c2sp.org/tlog-proof@v1";
static const char index_mark[] = "index ";

/* What a bundle says, before any of it is believed. */
struct claim {
	struct slice line;
	uint64_t index;
	struct hash path[MERKLE_HEIGHT];
	size_t count;
	struct slice note;
};

void
bundle_put(struct buf *out, struct slice line, uint64_t index,
    const struct hash *path, size_t count)
{
	size_t i;

	buf_put_slice(out, line);
	buf_printf(out, "\n\n%s\n%s%" PRIu64 "\n", proof_head, index_mark,
	    index);
	for (i = 0; i < count; i++) {
		note_base64_put(out, path[i].octet, NOTARY_HASH);
		buf_putc(out, '\n');
	}
	buf_putc(out, '\n');
}

static bool
index_parse(struct slice text, uint64_t *out)
{
	struct slice mark = slice_of(index_mark);
	uint64_t value = 0;
	size_t i;

	if (text.len <= mark.len || text.len > mark.len + 18 ||
	    !slice_equal(slice_make(text.at, mark.len), mark))
		return false;
	for (i = mark.len; i < text.len; i++) {
		if (!ascii_is_digit(text.at[i]))
			return false;
		value = value * 10 + (uint64_t)(text.at[i] - '0');
	}
	*out = value;
	return true;
}

static bool
path_parse(struct slice *text, struct claim *out)
{
	struct slice item;

	out->count = 0;
	while (text->at != NULL) {
		item = slice_cut(text, '\n');
		if (item.len == 0)
			return text->at != NULL;
		if (out->count == MERKLE_HEIGHT ||
		    !note_base64_read(
			item, out->path[out->count].octet, NOTARY_HASH))
			return false;
		out->count++;
	}
	return false;
}

static bool
claim_parse(struct slice text, struct claim *out)
{
	out->line = slice_cut(&text, '\n');
	if (out->line.len == 0 || slice_cut(&text, '\n').len != 0 ||
	    !slice_is(slice_cut(&text, '\n'), proof_head) ||
	    !index_parse(slice_cut(&text, '\n'), &out->index) ||
	    !path_parse(&text, out))
		return false;
	out->note = text;
	return true;
}

static bool
claim_holds(struct sha256 *digest, const struct claim *claim,
    const struct checkpoint *checkpoint)
{
	struct hash leaf;

	return merkle_leaf(digest, claim->line, &leaf) == STATUS_OK &&
	    merkle_included(digest, &leaf, claim->index, checkpoint->size,
		claim->path, claim->count, &checkpoint->root);
}

static enum status
check_with(struct sha256 *digest, struct slice text, struct slice vkey,
    struct claim *claim, struct checkpoint *checkpoint, struct fault *fault)
{
	struct vkey key;
	enum status status = vkey_parse(digest, vkey, &key, fault);

	if (status != STATUS_OK)
		return status;
	if (!claim_parse(text, claim))
		return fault_set(fault, STATUS_SYNTAX,
		    "this is no proof bundle; `hopseal ledger prove` writes "
		    "one");
	status = checkpoint_open(claim->note, &key, checkpoint, fault);
	if (status == STATUS_OK && !claim_holds(digest, claim, checkpoint))
		status = fault_set(fault, STATUS_CRYPTO,
		    "the record is not in the log that the checkpoint of "
		    "%" PRIu64 " records speaks of", checkpoint->size);
	return status;
}

enum status
bundle_check(struct slice text, struct slice vkey, struct slice *line,
    struct checkpoint *checkpoint, struct fault *fault)
{
	struct sha256 *digest = NULL;
	struct claim claim;
	enum status status = sha256_new(&digest);

	if (status != STATUS_OK)
		return fault_set(fault, status, "OpenSSL has no SHA-256");
	status = check_with(digest, text, vkey, &claim, checkpoint, fault);
	sha256_free(&digest);
	if (status == STATUS_OK)
		*line = claim.line;
	return status;
}
