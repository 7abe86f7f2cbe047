/*
 * bundle: one record with the proof that it is in the log.
 *
 * Text, to be kept in a file and checked without the ledger:
 *
 *	{"v":1,"seq":7,...}			the record's canonical line
 *
 *	c2sp.org/tlog-proof@v1
 *	index 7
 *	BASE64 OF A HASH			the path, lowest first
 *	...
 *
 *	mx.example.org/hopseal			a checkpoint, see note.h
 *	...
 *
 * Pure but for the digest. Source: LEDGER.md, "Proof"; C2SP tlog-proof.md;
 * RFC 9162, 2.1.3.2.
 */
#ifndef HOPSEAL_LEDGER_BUNDLE_H
#define HOPSEAL_LEDGER_BUNDLE_H

#include "milter/ledger/checkpoint.h"

enum { BUNDLE_MAX = 32 * 1024 };

/* Append the bundle. path has count hashes, lowest first. */
void bundle_put(struct buf *out, struct slice line, uint64_t index,
    const struct hash *path, size_t count);

/*
 * Check a bundle against the verifier key in text form: the signature of the
 * checkpoint, and that the record is in its tree. *line is the record, size
 * that of the checkpoint. Fails, each with its sentence: SYNTAX (no bundle,
 * no key), CRYPTO (the signature or the proof does not hold). Borrows *line
 * from text.
 */
enum status bundle_check(struct slice text, struct slice vkey,
    struct slice *line, struct checkpoint *checkpoint,
    struct fault *fault) MUST_CHECK;

#endif
