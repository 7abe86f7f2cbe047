/*
 * credentials: a certificate and its private key as an MTA would load them,
 * and everything that is wrong with the pair.
 *
 * Facts only; doctorcredentials puts them into words. The command's only
 * file beside tlsprobe that knows OpenSSL.
 *
 * Threads: no state. Limits: files of CREDENTIALS_FILE_MAX octets. Source:
 * RFC 5280; RFC 7468 (PEM); RFC 9525 (names).
 */
#ifndef HOPSEAL_CTL_CREDENTIALS_H
#define HOPSEAL_CTL_CREDENTIALS_H

#include <stdbool.h>

#include "policy/base/slice.h"

enum {
	CREDENTIALS_FILE_MAX = 256 * 1024,
	CREDENTIALS_SOON_DAYS = 14,
	CREDENTIALS_RSA_MIN = 2048,
	CREDENTIALS_EC_MIN = 224
};

enum key_flaw {
	KEY_FLAW_NONE,
	KEY_FLAW_ABSENT,     /* no private key in the text */
	KEY_FLAW_PASSPHRASE, /* it is encrypted */
	KEY_FLAW_UNREADABLE, /* it says that it is one, and is not */
	KEY_FLAW_OTHER	     /* it belongs to another certificate */
};

enum chain_flaw {
	CHAIN_FLAW_NONE,
	CHAIN_FLAW_SELF_SIGNED,
	CHAIN_FLAW_INCOMPLETE, /* the issuer is neither here nor trusted */
	CHAIN_FLAW_PRIVATE     /* complete, but the root is not known */
};

struct credentials {
	bool has_certificate;
	enum key_flaw key;
	enum chain_flaw chain;
	int days_left; /* negative: expired */
	bool is_early; /* not valid yet */
	unsigned weak_bits; /* of a key too short; 0: it is good */
	bool weak_digest; /* signed with MD5 or SHA-1 */
	bool names_host;
	char subject[128];
	char issuer[128];
};

/*
 * certificate and key are the texts of the files, which may be the same;
 * host is the name that clients look for. All of *out is set.
 */
void credentials_check(struct slice certificate, struct slice key,
    const char *host, struct credentials *out);

#endif
