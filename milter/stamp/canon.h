/*
 * canon: relaxed canonicalization of header fields and body.
 *
 * The body comes in pieces that may be cut anywhere. Lines end in CRLF or
 * in LF, which is read as CRLF; a CR alone is an octet like others.
 *
 * Threads: one owner per struct canon_body; the rest has no state. Limits:
 * none. Source: RFC 6376, 3.4.2 and 3.4.4.
 */
#ifndef HOPSEAL_STAMP_CANON_H
#define HOPSEAL_STAMP_CANON_H

#include "policy/base/buf.h"

/*
 * Append `name:value` CRLF: the name in lower case without blanks at its
 * ends, the value unfolded, each run of blanks one space, none at its ends.
 */
void canon_field(struct slice name, struct slice value, struct buf *out);

/* The same without the CRLF, as the stamp itself is signed. */
void canon_last_field(struct slice name, struct slice value,
    struct buf *out);

/* Takes the canonical octets, in pieces. */
typedef void canon_sink(void *context, const void *data, size_t len);

enum { CANON_STAGE = 4096 };

struct canon_body {
	canon_sink *sink;
	void *context;
	/* Seen and not yet passed on, since it may be dropped. */
	size_t line_ends;
	bool blank;
	bool cr;
	bool empty; /* nothing has been passed on */
	size_t staged;
	char stage[CANON_STAGE];
};

/* A new body; no pair, since it holds no memory. Keeps context. */
void canon_body_init(struct canon_body *body, canon_sink *sink,
    void *context);
void canon_body_put(struct canon_body *body, const void *data, size_t len);

/* The body has ended; the sink has all of it now. */
void canon_body_end(struct canon_body *body);

#endif
