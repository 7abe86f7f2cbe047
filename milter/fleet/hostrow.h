/*
 * hostrow: the row of one host at the centre: who it is, how far it came.
 *
 *	hostrow_attach -> (inserts -> hostrow_advance) ...
 *		       -> (hostrow_hold -> inserts) ...
 *
 * A host is its ledger's key, not its name. The row moves in the
 * transaction that brings the records, and only from where it was left: so
 * nothing is lost or doubled when a connection is cut in the middle, and two
 * that ship the same ledger (a copied machine, a restored backup) are found
 * out, since their last leaves differ.
 *
 * Threads: one owner. Source: hopseald(8), "FLEET".
 */
#ifndef HOPSEAL_FLEET_HOSTROW_H
#define HOPSEAL_FLEET_HOSTROW_H

#include "milter/fleet/centre.h"
#include "milter/ledger/shipment.h"

struct hostrow {
	int64_t ledger;
	uint64_t next; /* every leaf before it is at the centre */
	char tip[SHIPMENT_HASH];
	uint64_t summary_next; /* summaries that changed since are not */
	uint64_t checkpoint_size; /* of the last one at the centre */
	uint64_t lost;
	bool is_summed; /* its summaries are in the sums */
};

/* What the host says of itself with each step. */
struct hostrow_news {
	const char *host;
	uint64_t policy;
	uint64_t edition;
	uint64_t size;
	int64_t oldest;
	int64_t time; /* of the last record shipped; -1: as it was */
};

/* The number that stands for a verifier key. Fails: NOMEM, CRYPTO. */
enum status hostrow_ledger(const char *vkey, int64_t *out) MUST_CHECK;

/*
 * Find the row of this ledger or make it, and see that what the centre has
 * is what the ledger has. Fails: EXISTS (it is not), else as centre_ask.
 */
enum status hostrow_attach(struct centre *centre, struct shipment *shipment,
    const char *host, struct hostrow *out, struct fault *fault) MUST_CHECK;

/*
 * Within a transaction: keep everybody else from this row until the end, if
 * it still is as row says. Fails: as hostrow_advance.
 */
enum status hostrow_hold(struct centre *centre, const struct hostrow *row,
    struct fault *fault) MUST_CHECK;

/*
 * Within a transaction: write to as the row, if it still is as from says.
 * Fails: BUSY (somebody else moved it), else as centre_ask.
 */
enum status hostrow_advance(struct centre *centre, const struct hostrow *from,
    const struct hostrow *to, const struct hostrow_news *news,
    struct fault *fault) MUST_CHECK;

#endif
