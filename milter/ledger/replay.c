#include "milter/ledger/replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ledger/checkpoint.h"
#include "milter/ledger/entry.h"
#include "milter/ledger/merkle.h"

struct replay {
	struct sha256 *digest;
	struct vkey vkey;
	struct merkle merkle;
	struct buf line;
};

enum status
replay_new(struct slice vkey, struct replay **out, struct fault *fault)
{
	struct replay *replay = calloc(1, sizeof(*replay));
	enum status status;

	if (replay == NULL || sha256_new(&replay->digest) != STATUS_OK) {
		free(replay);
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	}
	buf_init(&replay->line, ENTRY_LINE_MAX);
	merkle_init(&replay->merkle);
	status = vkey_parse(replay->digest, vkey, &replay->vkey, fault);
	if (status == STATUS_OK)
		*out = replay;
	else
		replay_free(&replay);
	return status;
}

void
replay_free(struct replay **replay)
{
	if (*replay == NULL)
		return;
	sha256_free(&(*replay)->digest);
	buf_clear(&(*replay)->line);
	free(*replay);
	*replay = NULL;
}

uint64_t
replay_size(const struct replay *replay)
{
	return replay->merkle.size;
}

static enum status
check_turn(const struct replay *replay, uint64_t seq, struct fault *fault)
{
	if (seq == replay->merkle.size)
		return STATUS_OK;
	if (seq < replay->merkle.size)
		return fault_set(fault, STATUS_CRYPTO,
		    "leaf %" PRIu64 " is there twice", seq);
	return fault_set(fault, STATUS_CRYPTO, "leaves %" PRIu64 " to %" PRIu64
	    " are missing", replay->merkle.size, seq - 1);
}

static enum status
append(struct replay *replay, const struct hash *leaf, struct fault *fault)
{
	enum status status = merkle_append(&replay->merkle, replay->digest,
	    leaf, NULL, NULL);

	if (status != STATUS_OK)
		(void)fault_set(fault, status, "OpenSSL has no SHA-256");
	return status;
}

enum status
replay_record(struct replay *replay, const char *const cells[TEXTLINE_CELLS],
    struct fault *fault)
{
	unsigned long seq = 0;
	struct hash leaf;
	enum status status;

	if (!slice_number(slice_of(cells[0]), ~0ul, &seq))
		return fault_set(fault, STATUS_CRYPTO, "\"%.40s\" is no place "
		    "in a log", cells[0]);
	status = check_turn(replay, seq, fault);
	if (status != STATUS_OK)
		return status;
	buf_reset(&replay->line);
	textline_put(cells, &replay->line);
	status = buf_status(&replay->line);
	if (status == STATUS_OK)
		status = merkle_leaf(replay->digest, buf_slice(&replay->line),
		    &leaf);
	if (status != STATUS_OK)
		return fault_set(fault, status, "leaf %lu cannot be computed",
		    seq);
	return append(replay, &leaf, fault);
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
hash_read(const char *hex, struct hash *out)
{
	size_t i;

	if (strlen(hex) != 2 * NOTARY_HASH)
		return false;
	for (i = 0; i < NOTARY_HASH; i++) {
		int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out->octet[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

enum status
replay_hash(struct replay *replay, uint64_t seq, const char *hash,
    const char *line, struct fault *fault)
{
	struct hash leaf, computed;
	enum status status = check_turn(replay, seq, fault);

	if (status != STATUS_OK)
		return status;
	if (!hash_read(hash, &leaf))
		return fault_set(fault, STATUS_SYNTAX,
		    "leaf %" PRIu64 " has no hash of 64 hex digits", seq);
	if (line != NULL &&
	    (merkle_leaf(replay->digest, slice_of(line), &computed) !=
		    STATUS_OK || !hash_equal(&leaf, &computed)))
		return fault_set(fault, STATUS_CRYPTO, "the note of leaf %"
		    PRIu64 " is not what was written", seq);
	return append(replay, &leaf, fault);
}

enum status
replay_checkpoint(struct replay *replay, struct slice note,
    struct fault *fault)
{
	struct checkpoint head;
	struct hash root;
	enum status status =
	    checkpoint_open(note, &replay->vkey, &head, fault);

	if (status != STATUS_OK)
		return status;
	if (head.size != replay->merkle.size)
		return fault_set(fault, STATUS_CRYPTO, "a checkpoint of %"
		    PRIu64 " leaves is kept as one of %" PRIu64, head.size,
		    replay->merkle.size);
	if (merkle_root(&replay->merkle, replay->digest, &root) != STATUS_OK ||
	    !hash_equal(&root, &head.root))
		return fault_set(fault, STATUS_CRYPTO, "the first %" PRIu64
		    " leaves are not those that the checkpoint was signed for",
		    head.size);
	return STATUS_OK;
}
