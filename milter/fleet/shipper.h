/*
 * shipper: what the process that ships knows, and how it says how far it is.
 *
 *	ship.c		connects, waits, begins again
 *	shippiece.c	sends pieces of the log
 *	shipdays.c	sends what days were like
 *
 * Threads: none; a process of its own. Source: hopseald(8), "FLEET".
 */
#ifndef HOPSEAL_FLEET_SHIPPER_H
#define HOPSEAL_FLEET_SHIPPER_H

#include "milter/fleet/hostrow.h"
#include "milter/fleet/job.h"
#include "milter/ledger/shipment.h"

enum {
	SHIPPER_HOST = 256,
	SHIPPER_HEARTBEAT_MS = 5000, /* so often the centre hears of us */
	SHIPPER_PAUSE_MS = 1000	     /* after the first fault */
};

/* One process ships one ledger. */
struct shipper {
	const struct job_env *env;
	struct board_shipping *board;
	struct centre *centre; /* NULL: none */
	struct shipment *shipment;
	struct shipment_piece piece;
	struct cells cells; /* summaries, checkpoints */
	struct hostrow row;
	uint64_t size; /* leaves of the ledger */
	int64_t first_day; /* whose summaries have changed; -1: not known */
	int64_t told_ms; /* monotonic: the last time the row was written */
	int64_t summary_ms;
	int64_t pause_ms; /* after the next fault */
	enum status told; /* the fault that the log knows of; OK: none */
	char host[SHIPPER_HOST];
};

/* Monotonic. */
int64_t shipper_now_ms(void);

/*
 * Within a transaction: move our row to where `to` says, and tell the news.
 * time: of the last record, ms; -1: as it was. Fails: as hostrow_advance.
 */
enum status shipper_advance(struct shipper *shipper, const struct hostrow *to,
    int64_t time, struct fault *fault) MUST_CHECK;

/* The centre has it: so have we. */
void shipper_settle(struct shipper *shipper, const struct hostrow *to);

/*
 * The next piece of the log, or a word that there is none, in one
 * transaction. Fails: as centre_ask, shipment_read.
 */
enum status shippiece_send(struct shipper *shipper,
    struct fault *fault) MUST_CHECK;

/* What days were like, if it changed and it is time for it. Fails: the same. */
enum status shipdays_send(struct shipper *shipper,
    struct fault *fault) MUST_CHECK;

#endif
