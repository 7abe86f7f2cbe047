/*
 * keyring: key records in a file, for use without DNS.
 *
 *	2026a._delivered-securely.example.org v=DS1; k=ed25519; p=...
 *
 * One record a line, `NAME RECORD`; empty lines and lines that begin with #
 * are skipped. Threads: no state. Limits: KEYRING_MAX octets of text.
 * Source: STAMP.md, "Key record".
 */
#ifndef HOPSEAL_STAMP_KEYRING_H
#define HOPSEAL_STAMP_KEYRING_H

#include "policy/base/slice.h"

enum { KEYRING_MAX = 4 * 1024 * 1024 };

/*
 * The record of that name, which is compared without case and final dot. Of
 * several a revoked one, wherever it stands, else the first. Borrows text.
 * Returns false when there is none.
 */
bool keyring_find(struct slice text, struct slice name,
    struct slice *record);

#endif
