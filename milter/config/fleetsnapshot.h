/*
 * fleetsnapshot: the fleet's policy as the file that this host keeps of it.
 *
 * hopseald writes it whenever it has fetched a new version, and starts from
 * it when the database is away. It is believed for its signature alone.
 *
 * Threads: as fleetpolicy. Source: hopseal.conf(5), "policy-snapshot".
 */
#ifndef HOPSEAL_CONFIG_FLEETSNAPSHOT_H
#define HOPSEAL_CONFIG_FLEETSNAPSHOT_H

#include "milter/config/findings.h"
#include "milter/config/rules.h"
#include "policy/base/arena.h"

/*
 * If config names a policy-source, read its snapshot, check it completely,
 * and add it below rules; set edition and left_out of config. findings is
 * empty. Fails: SYNTAX (findings were added), NOMEM.
 */
enum status fleetsnapshot_add(const struct rules *rules, struct arena *arena,
    struct findings *findings, struct config *config) MUST_CHECK;

/*
 * Read and verify the snapshot into file: *text lies in it. Fails: NOTFOUND
 * (there is none), SYNTAX, CRYPTO, IO, LIMIT, NOMEM; the sentence names it.
 */
enum status fleetsnapshot_read(const struct config *config, struct buf *file,
    struct edition *out, struct slice *text, struct fault *fault) MUST_CHECK;

#endif
