/*
 * keyserver: the process that holds private keys, and signs digests.
 *
 * All that it ever sees are key files, of which it gets the open descriptor,
 * and SHA-256 digests. It ends when the daemon does.
 *
 * Threads: none; it is a process of its own. Limits: keyshelf's. Source:
 * CONVENTIONS, "keys behind one narrow door"; OpenSMTPD's ca.c.
 */
#ifndef HOPSEAL_STAMP_KEYSERVER_H
#define HOPSEAL_STAMP_KEYSERVER_H

#include "milter/stamp/keywire.h"

/*
 * Serve sockets[0], and answer on the KEYWIRE_LINES behind it, until its
 * other end is closed; then every key is wiped. Call in a child that nothing
 * else happens in. Closes all other descriptors.
 */
void keyserver_run(const int sockets[1 + KEYWIRE_LINES]);

#endif
