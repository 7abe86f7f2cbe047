#include "milter/ledger/checkpoint.h"

#include <inttypes.h>
#include <string.h>

static void
checkpoint_put(struct buf *out, const struct checkpoint *checkpoint)
{
	buf_printf(out, "%s\n%" PRIu64 "\n", checkpoint->origin,
	    checkpoint->size);
	note_base64_put(out, checkpoint->root.octet, NOTARY_HASH);
	buf_putc(out, '\n');
}

enum status
checkpoint_sign(const struct checkpoint *checkpoint, const struct vkey *vkey,
    const struct notary_key *key, struct buf *out)
{
	char storage[NOTE_MAX];
	struct buf text;
	enum status status;

	buf_init_fixed(&text, storage, sizeof(storage));
	checkpoint_put(&text, checkpoint);
	status = buf_status(&text);
	if (status != STATUS_OK)
		return status;
	return note_sign(buf_slice(&text), vkey, key, out);
}

static bool
checkpoint_read(struct slice text, struct checkpoint *out)
{
	struct slice origin = slice_cut(&text, '\n');
	struct slice size = slice_cut(&text, '\n');
	struct slice root = slice_cut(&text, '\n');

	if (origin.len == 0 || origin.len > NOTE_NAME_MAX)
		return false;
	memcpy(out->origin, origin.at, origin.len);
	out->origin[origin.len] = '\0';
	return note_number(size, &out->size) &&
	    note_base64_read(root, out->root.octet, NOTARY_HASH);
}

enum status
checkpoint_open(struct slice note, const struct vkey *vkey,
    struct checkpoint *out, struct fault *fault)
{
	struct slice text;
	struct slice signatures;

	if (!note_cut(note, &text, &signatures) || !checkpoint_read(text, out))
		return fault_set(fault, STATUS_SYNTAX,
		    "this is no checkpoint (C2SP tlog-checkpoint)");
	if (strcmp(out->origin, vkey->name) != 0)
		return fault_set(fault, STATUS_CRYPTO,
		    "the checkpoint is of the log %s, the key of %s",
		    out->origin, vkey->name);
	if (note_holds(text, signatures, vkey))
		return STATUS_OK;
	return fault_set(fault, STATUS_CRYPTO,
	    "the checkpoint of %" PRIu64
	    " records bears no valid signature of %s", out->size, vkey->name);
}
