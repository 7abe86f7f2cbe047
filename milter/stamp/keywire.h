/*
 * keywire: what the daemon and the process that holds its keys say to each
 * other, one message for each turn over a socket that keeps them apart.
 *
 * Plain values; both ends are the same program. Threads: no state. Limits:
 * the sizes below. Source: unix(7), SCM_RIGHTS.
 */
#ifndef HOPSEAL_STAMP_KEYWIRE_H
#define HOPSEAL_STAMP_KEYWIRE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "milter/stamp/digest.h"
#include "milter/stamp/keyrecord.h"

enum {
	KEYWIRE_NAME_MAX = 4096,
	KEYWIRE_LINES = 16 /* requests that wait for an answer at once */
};

enum keywire_kind {
	KEYWIRE_LOAD,	 /* name: of the key file, whose descriptor comes too */
	KEYWIRE_SIGN,	 /* number, digest */
	KEYWIRE_DROP,	 /* number; has no answer */
	KEYWIRE_CONFINE, /* name: of the user to become */
};

struct keywire_request {
	enum keywire_kind kind;
	uint32_t number; /* of a key, as LOAD's answer gave it */
	uint32_t line;	 /* where the answer is wanted */
	unsigned char digest[DIGEST_LEN];
	char name[KEYWIRE_NAME_MAX]; /* sent up to its NUL */
};

struct keywire_answer {
	enum status status;
	uint32_t number;
	uint32_t len; /* octets of text that are sent */
	/* The key record; a signature; or the sentence of a fault. */
	char text[KEYRECORD_MAX];
};

/*
 * Send len octets, and the descriptor fd with them (-1: none). Returns false
 * when the other end is gone or takes nothing in time.
 */
bool keywire_send(int socket, const void *message, size_t len, int fd);

/*
 * Receive one message of at most size octets. *fd is a descriptor that came
 * with it, the caller's to close, else -1; NULL: none is taken. Returns its
 * length; 0 when the other end is gone, -1 after an error (errno), a message
 * that is too long among them.
 */
ssize_t keywire_receive(int socket, void *out, size_t size, int *fd);

/* Put a status and its sentence, or a record, into an answer. */
void keywire_say(struct keywire_answer *answer, enum status status,
    const char *sentence);

/* How much of each is sent. */
size_t keywire_request_len(const struct keywire_request *request);
size_t keywire_answer_len(const struct keywire_answer *answer);

/* Is what was received whole, and are its lengths within it? */
bool keywire_request_is_valid(const struct keywire_request *request,
    ssize_t len);
bool keywire_answer_is_valid(const struct keywire_answer *answer,
    ssize_t len);

#endif
