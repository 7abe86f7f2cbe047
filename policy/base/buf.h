/*
 * buf: a buffer that grows up to a ceiling it was born with.
 *
 * Writers need not check each step: the first one that fails (ceiling or
 * memory) makes the buffer failed, later ones do nothing, and buf_status()
 * tells at the end. The text is always NUL-terminated.
 *
 * Threads: one owner. Limits: the ceiling, in octets, without the NUL.
 */
#ifndef HOPSEAL_BASE_BUF_H
#define HOPSEAL_BASE_BUF_H

#include "policy/base/attributes.h"
#include "policy/base/slice.h"
#include "policy/base/status.h"

struct buf {
	char *data; /* NULL until the first octet */
	size_t len;
	size_t size;
	size_t ceiling;
	enum status status;
	bool borrowed; /* data is the caller's storage */
};

/* Make an empty buffer; allocates nothing. Pair: buf_clear. */
void buf_init(struct buf *buf, size_t ceiling);

/*
 * The same over storage of size octets (1 at least), NUL included: it
 * allocates nothing at all, and needs no buf_clear. Borrows storage.
 */
void buf_init_fixed(struct buf *buf, char *storage, size_t size);

/* Free what it holds; it may be used again, with the same ceiling. */
void buf_clear(struct buf *buf);

/* Forget the text and a failure, keep the memory. */
void buf_reset(struct buf *buf);

void buf_put(struct buf *buf, const void *data, size_t len);
void buf_putc(struct buf *buf, char c);
void buf_puts(struct buf *buf, const char *text);
void buf_put_slice(struct buf *buf, struct slice s);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* STATUS_OK, STATUS_LIMIT (ceiling) or STATUS_NOMEM. */
enum status buf_status(const struct buf *buf) MUST_CHECK;

/* The text, "" when empty. Borrows: valid until the next write or clear. */
const char *buf_text(const struct buf *buf);
struct slice buf_slice(const struct buf *buf);

#endif
