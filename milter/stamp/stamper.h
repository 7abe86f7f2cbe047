/*
 * stamper: one message's way to a stamp.
 *
 *	stamper_new -> stamper_header ... -> stamper_body ... -> stamper_sign
 *
 * stamper_reset makes it ready for the next message and keeps its memory.
 * Header fields and body are given as the MTA gives them to the filter;
 * lines may end in LF or CRLF within a field's value. stampwrite.h has the
 * facts that the stamp is made of, and how each is written.
 *
 * Threads: one owner. Limits: STAMPER_HEADER_MAX octets of signed header
 * fields; the body has none. Source: STAMP.md; RFC 6376, 3.4 and 3.7;
 * RFC 8463.
 */
#ifndef HOPSEAL_STAMP_STAMPER_H
#define HOPSEAL_STAMP_STAMPER_H

#include "milter/stamp/stamp.h"
#include "milter/stamp/stampwrite.h"

enum { STAMPER_HEADER_MAX = 1024 * 1024 };

struct stamper;

/* Gives *out; free with stamper_free. Fails: NOMEM, CRYPTO. */
enum status stamper_new(struct stamper **out, struct fault *fault) MUST_CHECK;
void stamper_free(struct stamper **stamper);

/* Forget the message, keep the memory. */
void stamper_reset(struct stamper *stamper);

/*
 * One header field, top to bottom. Fields that no stamp covers cost a
 * comparison. A failure (memory, STAMPER_HEADER_MAX) is kept and told by
 * stamper_sign.
 */
void stamper_header(struct stamper *stamper, struct slice name,
    struct slice value);

/* A piece of the body, in order; pieces may be cut anywhere. */
void stamper_body(struct stamper *stamper, const void *data, size_t len);

/*
 * Make the stamp, once for a message. *value is the field's value without its
 * name, folded with LF, ready for smfi_insheader; id its stamp id,
 * NUL-terminated. random16 are 16 random octets for rs= (passed in for
 * tests).
 * Fails: SYNTAX (no From, a From that Sendmail rewrites, a session value that
 * does not fit a required tag: the message stays unstamped, which is not a
 * signing fault), LIMIT (too large: likewise), NOMEM, CRYPTO (signing
 * faults). Borrows *value: valid until the next call on this stamper.
 */
enum status stamper_sign(struct stamper *stamper, const struct stamp_key *key,
    const struct stamp_facts *facts, const unsigned char random16[16],
    struct slice *value, char id[STAMP_ID_LEN + 1],
    struct fault *fault) MUST_CHECK;

#endif
