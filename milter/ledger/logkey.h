/*
 * logkey: the key that signs the checkpoints of one ledger.
 *
 * Made at first start, mode 0600, in the file LEDGER.key beside the ledger;
 * name and public half are kept in the ledger too. Source: LEDGER.md,
 * "Proof".
 */
#ifndef HOPSEAL_LEDGER_LOGKEY_H
#define HOPSEAL_LEDGER_LOGKEY_H

#include "milter/note/note.h"
#include "milter/ledger/store.h"

/*
 * Read the key of the ledger, and make it when neither file nor ledger know
 * of one. host names the log at first start (`HOST/hopseal`). Gives *key.
 * Fails: NOTFOUND (the ledger has a key, its file is gone), EXISTS (the file
 * holds another key), DENIED, SYNTAX, IO, NOMEM, CRYPTO.
 */
enum status logkey_open(const struct store *store, struct sha256 *digest,
    const char *host, struct notary_key **key, struct vkey *vkey,
    struct fault *fault) MUST_CHECK;

/* The same for a ledger that has one; makes nothing. Fails as above. */
enum status logkey_read(const struct store *store, struct sha256 *digest,
    struct notary_key **key, struct vkey *vkey,
    struct fault *fault) MUST_CHECK;

/* The verifier key as the ledger states it. Fails: NOTFOUND, SYNTAX. */
enum status logkey_vkey(const struct store *store, struct sha256 *digest,
    struct vkey *out, struct fault *fault) MUST_CHECK;

#endif
