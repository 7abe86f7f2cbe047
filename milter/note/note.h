/*
 * note: signed notes, and the keys that check them.
 *
 * A signed note is a text, a blank line, and lines of signatures:
 *
 *	mx.example.org/hopseal
 *	1204
 *	BASE64 OF THE ROOT
 *
 *	- mx.example.org/hopseal BASE64 OF KEY ID AND SIGNATURE
 *
 * (the dash is U+2014). A verifier key is `NAME+KEYID+BASE64`. What the text
 * says is the affair of its room: the checkpoints of the ledger, the editions
 * of a fleet's policy. Pure but for the digest. Source: C2SP signed-note.md.
 */
#ifndef HOPSEAL_NOTE_NOTE_H
#define HOPSEAL_NOTE_NOTE_H

#include <stdint.h>

#include "milter/note/notary.h"

enum {
	NOTE_NAME_MAX = 280, /* a host name and "/hopseal" */
	NOTE_VKEY_MAX = NOTE_NAME_MAX + 64,
	NOTE_MAX = 2 * NOTE_NAME_MAX + 512,
	NOTE_KEYID = 4,
	NOTE_BASE64_HASH = 45 /* with its NUL */
};

struct vkey {
	char name[NOTE_NAME_MAX + 1];
	unsigned char id[NOTE_KEYID];
	unsigned char public_key[NOTARY_PUBLIC];
};

/* Make the verifier key of a public key. Fails: LIMIT (name), CRYPTO. */
enum status vkey_make(struct sha256 *digest, const char *name,
    const unsigned char public_key[NOTARY_PUBLIC],
    struct vkey *out) MUST_CHECK;

/* Append `NAME+KEYID+BASE64`. */
void vkey_put(struct buf *out, const struct vkey *vkey);

/* The way back; the key id must fit the rest. Fails: SYNTAX. */
enum status vkey_parse(struct sha256 *digest, struct slice text,
    struct vkey *out, struct fault *fault) MUST_CHECK;

/*
 * Append the signed note. text ends in LF and has no blank line. Fails:
 * LIMIT and NOMEM (of out), CRYPTO.
 */
enum status note_sign(struct slice text, const struct vkey *vkey,
    const struct notary_key *key, struct buf *out) MUST_CHECK;

/*
 * Cut a note at its first blank line: *text is what is signed, its last LF
 * included. False when there is none. Borrows note.
 */
bool note_cut(struct slice note, struct slice *text,
    struct slice *signatures);

/* Is one of the signatures vkey's, and does it hold? */
bool note_holds(struct slice text, struct slice signatures,
    const struct vkey *vkey);

/* A number without leading zeros, below 10^18. False for anything else. */
bool note_number(struct slice text, uint64_t *out);

/* Base64 with padding (RFC 4648, section 4), appended. */
void note_base64_put(struct buf *out, const unsigned char *data, size_t len);

/* The way back, exactly len octets. False for anything else. */
bool note_base64_read(struct slice text, unsigned char *out, size_t len);

#endif
