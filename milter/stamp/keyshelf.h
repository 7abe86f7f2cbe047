/*
 * keyshelf: the private keys of the process that holds them, by number.
 *
 * A request is answered here, but for the one that confines the process:
 * that is keyserver's.
 *
 * Threads: one owner. Limits: KEYSHELF_KEYS_MAX keys at once. Source:
 * keywire.h.
 */
#ifndef HOPSEAL_STAMP_KEYSHELF_H
#define HOPSEAL_STAMP_KEYSHELF_H

#include "milter/stamp/keywire.h"

/*
 * Each reload brings one, which goes with the last message that began
 * before the next reload.
 */
enum { KEYSHELF_KEYS_MAX = 256 };

struct keyshelf;

enum status keyshelf_new(struct keyshelf **out) MUST_CHECK;

/* Every key is wiped. */
void keyshelf_free(struct keyshelf **shelf);

/*
 * Do what a valid request asks. fd is the descriptor that came with it, or
 * -1. answer begins as octets of zero, its text excepted. Returns false when
 * no answer is due: KEYWIRE_DROP, and kinds that are not known here.
 */
bool keyshelf_serve(struct keyshelf *shelf,
    const struct keywire_request *request, int fd,
    struct keywire_answer *answer);

#endif
