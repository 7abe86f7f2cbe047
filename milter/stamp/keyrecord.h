/*
 * keyrecord: the record at SELECTOR._delivered-securely.DOMAIN.
 *
 * Plain value. Threads: no state. Limits: KEYRECORD_MAX octets of text.
 * Source: STAMP.md, "Key record"; RFC 6376, 3.6.1.
 */
#ifndef HOPSEAL_STAMP_KEYRECORD_H
#define HOPSEAL_STAMP_KEYRECORD_H

#include <stdint.h>

#include "milter/stamp/publickey.h"

enum {
	KEYRECORD_MAX = 4096,
	KEYRECORD_NAME_MAX = 320 /* selector, label, domain and two dots */
};

#define KEYRECORD_LABEL "_delivered-securely"

struct keyrecord {
	enum stamp_algorithm algorithm;
	unsigned char octets[PUBLICKEY_OCTETS_MAX]; /* p= */
	size_t len;
	int64_t not_before; /* nb=, or the lowest time */
	int64_t not_after;  /* na=, or the highest time */
	bool testing;	    /* t=y */
};

enum keyrecord_flaw {
	KEYRECORD_FLAW_NONE,
	KEYRECORD_FLAW_SYNTAX,
	KEYRECORD_FLAW_VERSION,	  /* v= is not DS1, or not first */
	KEYRECORD_FLAW_ALGORITHM, /* k= is unknown */
	KEYRECORD_FLAW_REVOKED	  /* p= is empty */
};

/* Read a record's text. On a flaw *out is not to be used. */
enum keyrecord_flaw keyrecord_read(struct slice text,
    struct keyrecord *out);

/*
 * Is it a record that revokes its key? It counts before every other record
 * of its name, wherever it stands.
 */
bool keyrecord_is_revoked(struct slice text);

#endif
