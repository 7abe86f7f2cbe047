/*
 * memory: what a sender domain did before from a client network.
 *
 * Answers the question behind mode prefer: has this domain come over a
 * session that met its level, and since when does it come without? Held in
 * memory in full, made once for MEMORY_ENTRIES entries, and written to the
 * database by the writer thread, which takes what has changed.
 *
 * An entry is born when a domain meets its level, never by a plain attempt.
 * Names that strangers make up push out each other, not the known ones: an
 * entry is kept apart once its domain has a rule or has met its level again
 * a day later, and at most half of all entries are kept apart.
 *
 * Threads: any; a mutex held for some instructions. Source: LEDGER.md,
 * "Storage"; POLICY.md, "What a rule says".
 */
#ifndef HOPSEAL_LEDGER_MEMORY_H
#define HOPSEAL_LEDGER_MEMORY_H

#include <stdint.h>

#include "milter/note/notary.h"
#include "policy/base/attributes.h"
#include "policy/base/status.h"
#include "policy/decide.h"
#include "policy/network.h"

enum { MEMORY_ENTRIES = 65536, MEMORY_KEY = 16 };

struct memory;

/* One entry as the database holds it; slot is its row. */
struct memory_row {
	uint32_t slot;
	unsigned char key[MEMORY_KEY];
	int64_t met;   /* ms; last time the level was met */
	int64_t born;  /* ms; first time */
	int64_t plain; /* ms; first attempt of the open episode, -1: none */
	bool kept;
};

/* entries: 2 at least. Gives *out. Fails: NOMEM, CRYPTO. */
enum status memory_new(uint32_t entries, struct memory **out) MUST_CHECK;
void memory_free(struct memory **memory);

/* Put a stored row back, oldest first. Rows beyond the ceiling are dropped. */
void memory_load(struct memory *memory, const struct memory_row *row);

/*
 * The domain came over a session that met all; ends an episode. has_rule:
 * keep it apart from made-up names. now in ms.
 */
void memory_met(struct memory *memory, struct slice domain,
    const struct ipaddr *client, int64_t now, bool has_rule);

/* It came without: begins an episode if its level was met before. */
void memory_plain(struct memory *memory, struct slice domain,
    const struct ipaddr *client, int64_t now);

/*
 * What is known. A clock that has gone back makes ages 0, not huge. Fails:
 * NOMEM, CRYPTO; what was met or plain then is not learnt.
 */
enum status memory_ask(struct memory *memory, struct slice domain,
    const struct ipaddr *client, int64_t now,
    struct history *out) MUST_CHECK;

/*
 * Take up to max changed entries to be written. memory_put_back: they could
 * not be written, try again later.
 */
size_t memory_take_changed(struct memory *memory, struct memory_row *rows,
    size_t max);
void memory_put_back(struct memory *memory, const struct memory_row *rows,
    size_t count);

/* Entries in use. */
size_t memory_count(struct memory *memory);

#endif
