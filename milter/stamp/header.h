/*
 * header: a stored message as header fields and body.
 *
 * Lines end in CRLF or LF. An mbox separator ("From ...") in front is
 * skipped. The header ends at an empty line, or before the first line that
 * is no field, as the MTAs see it. Slices borrow from the message.
 *
 * Threads: one owner. Limits: HEADER_FIELDS fields, HEADER_MAX octets.
 * Source: RFC 5322, 2.1 and 2.2; RFC 4155.
 */
#ifndef HOPSEAL_STAMP_HEADER_H
#define HOPSEAL_STAMP_HEADER_H

#include "policy/base/slice.h"
#include "policy/base/status.h"

enum { HEADER_FIELDS = 16384, HEADER_MAX = 4 * 1024 * 1024 };

struct header_field {
	struct slice name;  /* without blanks behind it */
	struct slice value; /* what stands behind the colon, folds and all */
	bool taken;	    /* for header_take_last */
};

struct header {
	struct header_field *fields;
	size_t count, room;
	struct slice body;
};

/*
 * Take a message apart. Pair: header_clear, also after a failure. Fails:
 * LIMIT, NOMEM.
 */
enum status header_read(struct slice message, struct header *out) MUST_CHECK;
void header_clear(struct header *header);

/* No field is taken any more, but for the one at index. */
void header_begin_taking(struct header *header, size_t index);

/*
 * Take the last field of that name, compared without case, that is not
 * taken yet; NULL when there is none.
 */
const struct header_field *header_take_last(struct header *header,
    struct slice name);

/*
 * Is there a bare CR or a NUL (RFC 5322, 2.2 and 4) in a field that is not
 * taken? Some programs see its end there, and another field or the body
 * behind it.
 */
bool header_hides_text(const struct header *header);

#endif
