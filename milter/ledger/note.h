/*
 * note: signed checkpoints of the log, and the key that checks them.
 *
 * A checkpoint is a signed note that states the size and root of the tree:
 *
 *	mx.example.org/hopseal
 *	1204
 *	BASE64 OF THE ROOT
 *
 *	- mx.example.org/hopseal BASE64 OF KEY ID AND SIGNATURE
 *
 * (the dash is U+2014). A verifier key is `NAME+KEYID+BASE64`. Pure but for
 * the digest. Source: C2SP signed-note.md and tlog-checkpoint.md.
 */
#ifndef HOPSEAL_LEDGER_NOTE_H
#define HOPSEAL_LEDGER_NOTE_H

#include "milter/ledger/merkle.h"

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

struct checkpoint {
	char origin[NOTE_NAME_MAX + 1];
	uint64_t size;
	struct hash root;
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

/* Append the signed note. Fails: LIMIT, CRYPTO. */
enum status checkpoint_sign(const struct checkpoint *checkpoint,
    const struct vkey *vkey, const struct notary_key *key,
    struct buf *out) MUST_CHECK;

/*
 * Read a signed note; a signature by vkey must hold, others are passed over.
 * Fails: SYNTAX (no checkpoint), CRYPTO (no signature of vkey, or it does
 * not hold); the sentence says which.
 */
enum status checkpoint_open(struct slice note, const struct vkey *vkey,
    struct checkpoint *out, struct fault *fault) MUST_CHECK;

/* Base64 with padding (RFC 4648, section 4), appended. */
void note_base64_put(struct buf *out, const unsigned char *data, size_t len);

/* The way back, exactly len octets. False for anything else. */
bool note_base64_read(struct slice text, unsigned char *out, size_t len);

#endif
