#include "milter/note/edition.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/utf8.h"

static const char heading[] = "hopseal policy";

bool
edition_keys_equal(const struct edition_keys *a, const struct edition_keys *b)
{
	size_t i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (strcmp(a->vkeys[i].name, b->vkeys[i].name) != 0 ||
		    memcmp(a->vkeys[i].public_key, b->vkeys[i].public_key,
			NOTARY_PUBLIC) != 0)
			return false;
	return true;
}

bool
edition_words_are_good(struct slice text, size_t max)
{
	if (text.len == 0 || text.len > max ||
	    slice_trim(text).len != text.len)
		return false;
	while (text.len > 0) {
		size_t len = utf8_length(text);

		if (len == 0 || utf8_is_control(text))
			return false;
		text = slice_make(text.at + len, text.len - len);
	}
	return true;
}

static enum status
digest_of(struct slice text, unsigned char out[NOTARY_HASH],
    struct fault *fault)
{
	struct sha256 *digest = NULL;
	enum status status = sha256_new(&digest);

	if (status == STATUS_OK)
		status = sha256_plain(digest, text, out);
	sha256_free(&digest);
	if (status != STATUS_OK)
		return fault_set(fault, status,
		    "OpenSSL cannot make the digest of a policy");
	return STATUS_OK;
}

enum status
edition_measure(struct edition *edition, struct slice text,
    struct fault *fault)
{
	if (text.len > EDITION_TEXT_MAX)
		return fault_set(fault, STATUS_LIMIT, "the policy is larger "
		    "than %d octets; domains below one domain need no lines "
		    "of their own", EDITION_TEXT_MAX);
	edition->size = text.len;
	return digest_of(text, edition->sha256, fault);
}

enum status
edition_sign(const struct edition *edition, const struct vkey *vkey,
    const struct notary_key *key, struct buf *out, struct fault *fault)
{
	char storage[EDITION_NOTE_MAX];
	struct buf text;
	enum status status;

	if (!edition_words_are_good(slice_of(edition->author),
		EDITION_AUTHOR_MAX) ||
	    !edition_words_are_good(slice_of(edition->comment),
		EDITION_COMMENT_MAX))
		return fault_set(fault, STATUS_SYNTAX, "author and comment "
		    "are one line each, of at most %d and %d octets of UTF-8",
		    EDITION_AUTHOR_MAX, EDITION_COMMENT_MAX);
	buf_init_fixed(&text, storage, sizeof(storage));
	buf_printf(&text, "%s\nversion %" PRIu64 "\nsha256 ", heading,
	    edition->version);
	note_base64_put(&text, edition->sha256, NOTARY_HASH);
	buf_printf(&text, "\nsize %" PRIu64 "\ntime %" PRIu64
	    "\nauthor %s\ncomment %s\n", edition->size, edition->time,
	    edition->author, edition->comment);
	status = buf_status(&text);
	if (status == STATUS_OK)
		status = note_sign(buf_slice(&text), vkey, key, out);
	if (status != STATUS_OK)
		return fault_set(fault, status, "OpenSSL cannot sign the "
		    "policy");
	return STATUS_OK;
}

/* The next line is `NAME VALUE`. */
static bool
take_line(struct slice *text, const char *name, struct slice *value)
{
	struct slice line = slice_cut(text, '\n');

	*value = line;
	return slice_is(slice_cut(value, ' '), name) && value->at != NULL;
}

static bool
take_number(struct slice *text, const char *name, uint64_t *out)
{
	struct slice value;

	return take_line(text, name, &value) && note_number(value, out);
}

static bool
take_words(struct slice *text, const char *name, size_t max, char *out)
{
	struct slice value;

	if (!take_line(text, name, &value) ||
	    !edition_words_are_good(value, max))
		return false;
	memcpy(out, value.at, value.len);
	out[value.len] = '\0';
	return true;
}

static bool
edition_parse(struct slice text, struct edition *out)
{
	struct slice digest;

	return slice_is(slice_cut(&text, '\n'), heading) &&
	    take_number(&text, "version", &out->version) &&
	    out->version > 0 && take_line(&text, "sha256", &digest) &&
	    note_base64_read(digest, out->sha256, NOTARY_HASH) &&
	    take_number(&text, "size", &out->size) &&
	    take_number(&text, "time", &out->time) &&
	    take_words(&text, "author", EDITION_AUTHOR_MAX, out->author) &&
	    take_words(&text, "comment", EDITION_COMMENT_MAX, out->comment) &&
	    text.len == 0;
}

/* The keys that were asked, for the sentence that none of them fits. */
static void
list_names(const struct edition_keys *keys, char *out, size_t size)
{
	size_t i, used = 0;

	out[0] = '\0';
	for (i = 0; i < keys->count && used < size; i++) {
		int len = snprintf(out + used, size - used, "%s%s",
		    i == 0 ? "" : ", ", keys->vkeys[i].name);

		used += len < 0 ? 0 : (size_t)len;
	}
}

enum status
edition_open(struct slice note, const struct edition_keys *keys,
    struct edition *out, struct fault *fault)
{
	struct slice text, signatures;
	char names[160];
	size_t i;

	if (note.len > EDITION_NOTE_MAX)
		note.len = EDITION_NOTE_MAX;
	if (!note_cut(note, &text, &signatures) || !edition_parse(text, out))
		return fault_set(fault, STATUS_SYNTAX,
		    "this is no signed policy of `hopseal policy push`");
	for (i = 0; i < keys->count; i++)
		if (note_holds(text, signatures, &keys->vkeys[i]))
			return STATUS_OK;
	list_names(keys, names, sizeof(names));
	return fault_set(fault, STATUS_CRYPTO, "version %" PRIu64 " of the "
	    "policy bears no valid signature of %s; it was changed after it "
	    "was signed, or signed with a key that is not in policy-key",
	    out->version, names);
}

enum status
edition_match(const struct edition *edition, struct slice text,
    struct fault *fault)
{
	unsigned char got[NOTARY_HASH];
	enum status status;

	if (text.len != edition->size)
		return fault_set(fault, STATUS_CRYPTO, "the text of version %"
		    PRIu64 " has %zu octets, %" PRIu64 " were signed; it was "
		    "cut or changed", edition->version, text.len,
		    edition->size);
	status = digest_of(text, got, fault);
	if (status != STATUS_OK)
		return status;
	if (memcmp(got, edition->sha256, NOTARY_HASH) == 0)
		return STATUS_OK;
	return fault_set(fault, STATUS_CRYPTO, "the text of version %" PRIu64
	    " is not the one that was signed; it was changed",
	    edition->version);
}

void
edition_put_snapshot(struct buf *out, struct slice note, struct slice text)
{
	buf_put_slice(out, note);
	buf_putc(out, '\n');
	buf_put_slice(out, text);
}

/* Behind the note's own blank line there is one more. */
static bool
snapshot_cut(struct slice file, struct slice *note, struct slice *text)
{
	struct slice head = file, rest, after;

	if (head.len > EDITION_NOTE_MAX + 1)
		head.len = EDITION_NOTE_MAX + 1;
	if (!note_cut(head, note, &rest) || !note_cut(rest, note, &after))
		return false;
	*note = slice_make(file.at, (size_t)(after.at - file.at) - 1);
	*text = slice_make(after.at,
	    file.len - (size_t)(after.at - file.at));
	return true;
}

enum status
edition_read_snapshot(struct slice file, const struct edition_keys *keys,
    struct edition *out, struct slice *text, struct fault *fault)
{
	struct slice note;
	enum status status;

	if (!snapshot_cut(file, &note, text))
		return fault_set(fault, STATUS_SYNTAX, "this is no snapshot "
		    "of a policy: note, blank line and text");
	status = edition_open(note, keys, out, fault);
	if (status == STATUS_OK)
		status = edition_match(out, *text, fault);
	return status;
}

void
edition_hex(const struct edition *edition, char out[EDITION_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < NOTARY_HASH; i++) {
		out[2 * i] = digits[edition->sha256[i] >> 4];
		out[2 * i + 1] = digits[edition->sha256[i] & 15];
	}
	out[2 * (size_t)NOTARY_HASH] = '\0';
}
