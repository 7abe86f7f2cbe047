/*
 * edition: one version of a fleet's policy, signed by who pushed it.
 *
 *	hopseal policy
 *	version 12
 *	sha256 BASE64 OF THE DIGEST OF THE TEXT
 *	size 48211
 *	time 1764088000
 *	author alice
 *	comment TLS 1.3 for bank.example
 *
 *	- policy.example.org BASE64 OF KEY ID AND SIGNATURE
 *
 * is its signed note. A snapshot is the note, a blank line, and the text of
 * the policy, which ends the file. As the version is signed, an older text
 * cannot be passed off as a newer one, by the database either.
 *
 * Threads: no state. Limits: below; time is in seconds since 1970 UTC, author
 * and comment are one line of UTF-8 each. Source: C2SP signed-note.md.
 */
#ifndef HOPSEAL_NOTE_EDITION_H
#define HOPSEAL_NOTE_EDITION_H

#include "milter/note/note.h"

enum {
	EDITION_AUTHOR_MAX = 64,
	EDITION_COMMENT_MAX = 240,
	EDITION_TEXT_MAX = 64 * 1024 * 1024,
	EDITION_NOTE_MAX = 1024 + NOTE_NAME_MAX,
	EDITION_FILE_MAX = EDITION_TEXT_MAX + EDITION_NOTE_MAX + 1,
	EDITION_HEX_SIZE = 2 * NOTARY_HASH + 1
};

struct edition {
	uint64_t version; /* from 1 */
	unsigned char sha256[NOTARY_HASH];
	uint64_t size; /* octets of the text */
	uint64_t time;
	char author[EDITION_AUTHOR_MAX + 1];
	char comment[EDITION_COMMENT_MAX + 1];
};

/* The keys of which one must have signed. */
struct edition_keys {
	const struct vkey *vkeys;
	size_t count;
};

/* Are these the same keys, in the same order? */
bool edition_keys_equal(const struct edition_keys *a,
    const struct edition_keys *b);

/*
 * May text be an author or a comment? At most max octets of UTF-8, not
 * empty, without control characters and outer blanks.
 */
bool edition_words_are_good(struct slice text, size_t max);

/* Fill in sha256 and size of text. Fails: NOMEM, CRYPTO, LIMIT (its size). */
enum status edition_measure(struct edition *edition, struct slice text,
    struct fault *fault) MUST_CHECK;

/* Append the signed note. Fails: SYNTAX (author, comment), CRYPTO, LIMIT. */
enum status edition_sign(const struct edition *edition,
    const struct vkey *vkey, const struct notary_key *key, struct buf *out,
    struct fault *fault) MUST_CHECK;

/*
 * Read a signed note. Fails: SYNTAX (no edition), CRYPTO (none of keys has
 * signed it, or what is signed is something else).
 */
enum status edition_open(struct slice note, const struct edition_keys *keys,
    struct edition *out, struct fault *fault) MUST_CHECK;

/*
 * Is text what was signed, all of it and nothing more? Fails: CRYPTO (it is
 * not), NOMEM.
 */
enum status edition_match(const struct edition *edition, struct slice text,
    struct fault *fault) MUST_CHECK;

/* Append a snapshot. */
void edition_put_snapshot(struct buf *out, struct slice note,
    struct slice text);

/*
 * Read a snapshot: edition_open, then edition_match. *text lies in file.
 * Fails as these.
 */
enum status edition_read_snapshot(struct slice file,
    const struct edition_keys *keys, struct edition *out, struct slice *text,
    struct fault *fault) MUST_CHECK;

/* The digest in hex. */
void edition_hex(const struct edition *edition, char out[EDITION_HEX_SIZE]);

#endif
