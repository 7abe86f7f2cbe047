/*
 * snapshot: one frozen configuration with its keys, shared and swapped.
 *
 * A reload builds a complete new snapshot and swaps it in; each message
 * holds the one it began with. Threads: acquire and release from any thread
 * (a mutex held for a few instructions); swap from the reload thread.
 */
#ifndef HOPSEAL_CONFIG_SNAPSHOT_H
#define HOPSEAL_CONFIG_SNAPSHOT_H

#include "milter/config/config.h"
#include "milter/stamp/keyholder.h"

struct snapshot;
struct snapshot_slot; /* holds the current one */

/* Where one comes from. Borrows keys for as long as a snapshot lives. */
struct snapshot_source {
	const char *file;
	struct keyholder *keys; /* not asked when no stamping is configured */
	config_report *report;
	void *context; /* of report */
};

/*
 * config_read, then the signing key, then a self-test of sign and verify.
 * Gives *out with one reference. Fails: as config_read and
 * keyholder_read_key, everything reported.
 */
enum status snapshot_read(const struct snapshot_source *source,
    struct snapshot **out) MUST_CHECK;

/*
 * The same for a reload. The daemon has dropped its privileges by now: if
 * it can no longer open the key file, and path, domain and selector are those
 * of previous, the key that previous holds stays in use. A version of the
 * fleet's policy below that of previous is refused. previous may be NULL.
 */
enum status snapshot_reread(const struct snapshot_source *source,
    const struct snapshot *previous, struct snapshot **out) MUST_CHECK;

const struct config *snapshot_config(const struct snapshot *snapshot);

/* NULL when no stamping is configured. */
const struct stamp_key *snapshot_key(const struct snapshot *snapshot);

struct snapshot *snapshot_acquire(struct snapshot *snapshot);
void snapshot_release(struct snapshot **snapshot);

/* Takes the caller's reference to first. */
enum status snapshot_slot_new(struct snapshot *first,
    struct snapshot_slot **out) MUST_CHECK;
void snapshot_slot_free(struct snapshot_slot **slot);

/* The current one, with a reference for the caller. */
struct snapshot *snapshot_slot_acquire(struct snapshot_slot *slot);

/* Takes the caller's reference to next; the old one is released. */
void snapshot_slot_swap(struct snapshot_slot *slot, struct snapshot *next);

#endif
