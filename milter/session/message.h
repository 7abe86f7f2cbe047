/*
 * message: what the header and body of one message mean for its stamp.
 *
 * Counts the Delivered-Securely fields, notes which of them must go, and
 * feeds the stamper. Embedded in a transaction; its lists lie in the
 * transaction's arena. Threads: one owner. Source: STAMP.md, "In the
 * filter".
 */
#ifndef HOPSEAL_SESSION_MESSAGE_H
#define HOPSEAL_SESSION_MESSAGE_H

#include "milter/session/edit.h"
#include "milter/stamp/stamper.h"

struct message {
	struct arena *arena;	 /* the transaction's */
	struct stamper *stamper; /* kept from message to message; may be NULL */
	const char *ours;	 /* d= of our stamps; NULL: strip nothing */
	bool stamping;		 /* may still end in a stamp */
	uint32_t seen;		 /* Delivered-Securely fields so far */
	struct edits strips;	 /* those that must go, the last one first */
	bool failed; /* no memory, or too many: what must go is not known */
};

/* Make it empty; the arena is borrowed. Pair: message_clear. */
void message_init(struct message *message, struct arena *arena);
void message_clear(struct message *message);

/*
 * A new message. ours: d= of our stamps, or NULL to strip nothing.
 * stamping: feed the stamper. Fails: NOMEM, CRYPTO, with stamping off.
 */
enum status message_begin(struct message *message, const char *ours,
    bool stamping, struct fault *fault) MUST_CHECK;

void message_header(struct message *message, struct slice name,
    struct slice value);
void message_body(struct message *message, const void *data, size_t len);

#endif
