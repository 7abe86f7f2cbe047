/*
 * keyholder: the daemon's way to the process that holds its private keys.
 *
 *	keyholder_start -> keyholder_read_key -> keyholder_confine
 *	    -> (keys sign; keyholder_read_key at each reload) -> keyholder_stop
 *
 * The private half of a key is never in this process: it opens the file,
 * hands the descriptor over, and gets the public half back. How it is asked,
 * and that one that does not answer in time is ended: keydoor.h.
 *
 * Threads: start before there are others; keys sign and are freed in any
 * thread, and up to KEYWIRE_LINES of them wait at once. Limits: keyserver.h.
 * Source: OpenSMTPD, ca.c.
 */
#ifndef HOPSEAL_STAMP_KEYHOLDER_H
#define HOPSEAL_STAMP_KEYHOLDER_H

#include "milter/stamp/key.h"
#include "milter/system/log.h"

struct keyholder;

/*
 * Fork the holder. It knows what this process knows by then: call it early.
 * SIGCHLD, which tells of its end, should be blocked. Gives *out. Fails: IO,
 * NOMEM.
 */
enum status keyholder_start(struct keyholder **out,
    struct fault *fault) MUST_CHECK;

/*
 * Let the holder become user, if it is root, and give up all but signing:
 * before anything from outside is read. What it could not give up goes to
 * log. Fails: as privileges_drop; CRYPTO; IO (it is gone).
 */
enum status keyholder_confine(struct keyholder *holder, const char *user,
    struct log *log, struct fault *fault) MUST_CHECK;

/*
 * Gives *out, a key that the holder signs with, tested; free it before
 * keyholder_stop. Fails: as secret_read and stamp_key_read; LIMIT (too many
 * keys in use); IO (the holder is gone).
 */
enum status keyholder_read_key(struct keyholder *holder, const char *file,
    struct stamp_key **out, struct fault *fault) MUST_CHECK;

/*
 * Has it ended by itself? Then it is not replaced: a process with threads
 * and mail in it is no place to fork from. The sentence says how it ended.
 */
bool keyholder_has_ended(struct keyholder *holder, struct fault *fault);

/* Close the door (keydoor.h), and wait until every key is wiped. */
void keyholder_stop(struct keyholder **holder);

#endif
