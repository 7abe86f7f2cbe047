/*
 * responder: answers Postfix's next-hop queries, from one thread.
 *
 * Threads: responder_start makes one, responder_stop ends it; signals must
 * be blocked before. Each request sees the snapshot in force. Limits:
 * RESPONDER_CLIENTS connections, and fewer where descriptors would run short
 * for mail. One more takes the place of the one that has not asked for
 * longest; Postfix, if that was its own, connects again. Source: POLICY.md,
 * "Next hop"; socketmap_table(5).
 */
#ifndef HOPSEAL_LOOKUP_RESPONDER_H
#define HOPSEAL_LOOKUP_RESPONDER_H

#include "milter/config/snapshot.h"
#include "milter/metrics/counters.h"
#include "milter/system/log.h"

enum { RESPONDER_CLIENTS = 8192 };

struct responder;

/* What it works with; borrowed. */
struct responder_env {
	struct snapshot_slot *snapshots;
	struct log *log;
	struct counters *counters;
};

/*
 * Serve the listening, non-blocking descriptor listener, which is taken.
 * Gives *out. Fails: NOMEM, IO.
 */
enum status responder_start(int listener, const struct responder_env *env,
    struct responder **out, struct fault *fault) MUST_CHECK;

/* End the thread, close everything, free. NULL inside is allowed. */
void responder_stop(struct responder **responder);

#endif
