/*
 * receivedfield: what one Received field claims of the hop that wrote it.
 *
 * Any host on the way can write such fields, and invent those below its own:
 * nothing in them is verified, and whoever shows them says so. Read as
 * Postfix, Sendmail, Exim, Microsoft and Google write them; what is not
 * understood is left out, never guessed.
 *
 * Plain value; its slices borrow from the field's value and hold any octets,
 * folds included: escape what is shown. Threads: no state. Source: RFC 5321,
 * 4.4; RFC 3848 and RFC 6531, 4.3 (with); RFC 8314, 4.3 (tls).
 */
#ifndef HOPSEAL_CTL_RECEIVEDFIELD_H
#define HOPSEAL_CTL_RECEIVEDFIELD_H

#include "policy/base/slice.h"

/* What the field claims of TLS. */
enum received_tls {
	RECEIVED_UNSAID, /* neither words nor a protocol that tells */
	RECEIVED_CLEAR,	 /* a protocol without TLS: ESMTP, ESMTPA, ... */
	RECEIVED_TLS	 /* a version, a suite, or ESMTPS, ESMTPSA, ... */
};

struct received {
	struct slice from;    /* what the client called itself */
	struct slice address; /* the client's, if it is one; no brackets */
	struct slice by;
	struct slice with; /* protocol: one word, or several of Microsoft's */
	struct slice tls;  /* version as it is written: TLSv1.3, TLS1_2 */
	struct slice cipher;
	struct slice bits; /* secret bits, digits */
	struct slice date;
	enum received_tls claim;
};

/*
 * Read the value of a field. Returns false when it names no host, neither
 * from nor by; then only date and claim may say something.
 */
bool received_read(struct slice value, struct received *out);

#endif
