#include "milter/note/note.h"

#include <string.h>

enum { ALGORITHM_ED25519 = 1, SIGNATURE_LEN = NOTE_KEYID + NOTARY_SIGNATURE };

/* U+2014 and a blank begin a signature line. */
static const char dash[] = "\xe2\x80\x94 ";

static const char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
note_base64_put(struct buf *out, const unsigned char *data, size_t len)
{
	uint32_t bits;
	size_t i;

	for (i = 0; i < len; i += 3) {
		bits = (uint32_t)data[i] << 16;
		if (i + 1 < len)
			bits |= (uint32_t)data[i + 1] << 8;
		if (i + 2 < len)
			bits |= data[i + 2];
		buf_putc(out, base64_alphabet[bits >> 18]);
		buf_putc(out, base64_alphabet[bits >> 12 & 63]);
		buf_putc(out,
		    i + 1 < len ? base64_alphabet[bits >> 6 & 63] : '=');
		buf_putc(out, i + 2 < len ? base64_alphabet[bits & 63] : '=');
	}
}

static bool
base64_value(char c, uint32_t *out)
{
	const char *at = c == '\0' ? NULL : strchr(base64_alphabet, c);

	if (at == NULL)
		return false;
	*out = (uint32_t)(at - base64_alphabet);
	return true;
}

bool
note_base64_read(struct slice text, unsigned char *out, size_t len)
{
	size_t digits = (len * 8 + 5) / 6;
	uint32_t bits = 0;
	uint32_t value;
	unsigned held = 0;
	size_t used = 0;
	size_t i;

	if (text.len != (len + 2) / 3 * 4)
		return false;
	for (i = 0; i < digits; i++) {
		if (!base64_value(text.at[i], &value))
			return false;
		bits = bits << 6 | value;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		out[used++] = (unsigned char)(bits >> held);
	}
	for (; i < text.len; i++) {
		if (text.at[i] != '=')
			return false;
	}
	/* Left-over bits are zero: one text for one value. */
	return (bits & ((1U << held) - 1)) == 0;
}

/* Key id: the first octets of SHA-256(name LF algorithm public key). */
static enum status
key_id(struct sha256 *digest, const char *name,
    const unsigned char public_key[NOTARY_PUBLIC],
    unsigned char out[NOTE_KEYID])
{
	char storage[NOTE_NAME_MAX + 2 + NOTARY_PUBLIC + 1];
	unsigned char hash[NOTARY_HASH];
	struct buf text;
	enum status status;

	buf_init_fixed(&text, storage, sizeof(storage));
	buf_puts(&text, name);
	buf_putc(&text, '\n');
	buf_putc(&text, ALGORITHM_ED25519);
	buf_put(&text, public_key, NOTARY_PUBLIC);
	status = buf_status(&text);
	if (status == STATUS_OK)
		status = sha256_plain(digest, buf_slice(&text), hash);
	if (status == STATUS_OK)
		memcpy(out, hash, NOTE_KEYID);
	return status;
}

enum status
vkey_make(struct sha256 *digest, const char *name,
    const unsigned char public_key[NOTARY_PUBLIC], struct vkey *out)
{
	size_t len = strlen(name);

	if (len == 0 || len > NOTE_NAME_MAX)
		return STATUS_LIMIT;
	memcpy(out->name, name, len + 1);
	memcpy(out->public_key, public_key, NOTARY_PUBLIC);
	return key_id(digest, name, public_key, out->id);
}

void
vkey_put(struct buf *out, const struct vkey *vkey)
{
	unsigned char typed[1 + NOTARY_PUBLIC];
	unsigned i;

	typed[0] = ALGORITHM_ED25519;
	memcpy(typed + 1, vkey->public_key, NOTARY_PUBLIC);
	buf_puts(out, vkey->name);
	buf_putc(out, '+');
	for (i = 0; i < NOTE_KEYID; i++)
		buf_printf(out, "%02x", vkey->id[i]);
	buf_putc(out, '+');
	note_base64_put(out, typed, sizeof(typed));
}

/* Eight lower-case hex digits. */
static bool
id_matches(struct slice text, const unsigned char id[NOTE_KEYID])
{
	char storage[2 * NOTE_KEYID + 1];
	struct buf want;
	unsigned i;

	buf_init_fixed(&want, storage, sizeof(storage));
	for (i = 0; i < NOTE_KEYID; i++)
		buf_printf(&want, "%02x", id[i]);
	return slice_equal_nocase(text, buf_slice(&want));
}

enum status
vkey_parse(struct sha256 *digest, struct slice text, struct vkey *out,
    struct fault *fault)
{
	struct slice rest = slice_trim(text);
	struct slice name = slice_cut(&rest, '+');
	struct slice id = slice_cut(&rest, '+');
	unsigned char typed[1 + NOTARY_PUBLIC];
	char copy[NOTE_NAME_MAX + 1];

	if (name.len == 0 || name.len > NOTE_NAME_MAX || rest.at == NULL ||
	    !note_base64_read(rest, typed, sizeof(typed)) ||
	    typed[0] != ALGORITHM_ED25519)
		return fault_set(fault, STATUS_SYNTAX,
		    "this is no verifier key of the form NAME+KEYID+BASE64 "
		    "(C2SP signed-note); `hopseal ledger vkey` and `hopseal "
		    "policy keygen` print one");
	memcpy(copy, name.at, name.len);
	copy[name.len] = '\0';
	if (vkey_make(digest, copy, typed + 1, out) != STATUS_OK ||
	    !id_matches(id, out->id))
		return fault_set(fault, STATUS_SYNTAX,
		    "the key id in the verifier key does not fit the key");
	return STATUS_OK;
}

enum status
note_sign(struct slice text, const struct vkey *vkey,
    const struct notary_key *key, struct buf *out)
{
	unsigned char signature[SIGNATURE_LEN];
	enum status status;

	memcpy(signature, vkey->id, NOTE_KEYID);
	status = notary_sign(key, text, signature + NOTE_KEYID);
	if (status != STATUS_OK)
		return status;
	buf_put_slice(out, text);
	buf_printf(out, "\n%s%s ", dash, vkey->name);
	note_base64_put(out, signature, sizeof(signature));
	buf_putc(out, '\n');
	return buf_status(out);
}

bool
note_cut(struct slice note, struct slice *text, struct slice *signatures)
{
	size_t i;

	for (i = 0; i + 1 < note.len; i++) {
		if (note.at[i] != '\n' || note.at[i + 1] != '\n')
			continue;
		*text = slice_make(note.at, i + 1);
		*signatures = slice_make(note.at + i + 2,
		    note.len - i - 2);
		return true;
	}
	return false;
}

/* One signature line: is it vkey's, and does it hold? */
static bool
signature_holds(struct slice line, struct slice text,
    const struct vkey *vkey)
{
	unsigned char signature[SIGNATURE_LEN];
	struct slice mark = slice_of(dash);
	struct slice name;

	if (line.len < mark.len ||
	    !slice_equal(slice_make(line.at, mark.len), mark))
		return false;
	line = slice_make(line.at + mark.len, line.len - mark.len);
	name = slice_cut(&line, ' ');
	return slice_is(name, vkey->name) && line.at != NULL &&
	    note_base64_read(line, signature, sizeof(signature)) &&
	    memcmp(signature, vkey->id, NOTE_KEYID) == 0 &&
	    notary_verify(vkey->public_key, text, signature + NOTE_KEYID);
}

bool
note_holds(struct slice text, struct slice signatures,
    const struct vkey *vkey)
{
	while (signatures.at != NULL && signatures.len > 0) {
		if (signature_holds(slice_cut(&signatures, '\n'), text, vkey))
			return true;
	}
	return false;
}

bool
note_number(struct slice text, uint64_t *out)
{
	uint64_t value = 0;
	size_t i;

	if (text.len == 0 || text.len > 18 ||
	    (text.len > 1 && text.at[0] == '0'))
		return false;
	for (i = 0; i < text.len; i++) {
		if (!ascii_is_digit(text.at[i]))
			return false;
		value = value * 10 + (uint64_t)(text.at[i] - '0');
	}
	*out = value;
	return true;
}
