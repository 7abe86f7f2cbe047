/*
 * shipment: what of a ledger another database has not got yet.
 *
 * Reads the ledger beside the writer at work, in pieces that fit in memory;
 * none keeps a snapshot open for longer than its own reading. Everything is
 * given as texts, in the order of the columns of the centre's tables.
 *
 * Threads: one owner. Limits: SHIPMENT_* rows a piece. Source: LEDGER.md.
 */
#ifndef HOPSEAL_LEDGER_SHIPMENT_H
#define HOPSEAL_LEDGER_SHIPMENT_H

#include <stdint.h>

#include "milter/ledger/cells.h"
#include "policy/base/status.h"

enum {
	SHIPMENT_LEAVES = 2000, /* of the log, at once */
	SHIPMENT_ROWS = 2000,	/* summaries or checkpoints at once */
	SHIPMENT_VKEY = 512,
	SHIPMENT_HASH = 65 /* hex and NUL */
};

/* Columns of each kind. */
enum {
	/* month, partner, then those of a record from seq on */
	SHIPMENT_RECORD_COLUMNS = 23,
	SHIPMENT_RECORD_SEQ = 2,
	/* seq, hash in hex, canonical line or NULL */
	SHIPMENT_LEAF_COLUMNS = 3,
	/* day, domain, direction, network, tls, cipher, event, records,
	   messages, stamped, first_time, last_time */
	SHIPMENT_SUMMARY_COLUMNS = 12,
	SHIPMENT_SUMMARY_KEYS = 7,
	/* size, time, note */
	SHIPMENT_CHECKPOINT_COLUMNS = 3
};

struct shipment;

/* A piece of the log: leaves from first on, until before next. */
struct shipment_piece {
	uint64_t first;
	uint64_t next;
	char tip[SHIPMENT_HASH]; /* hash of the leaf before next */
	uint64_t lost; /* leaves whose record retention took */
	int64_t time; /* of the last record, ms; -1: there is none */
	int64_t first_day; /* the least day of its records; -1 */
	struct cells records;
	struct cells others; /* leaves that are no records (any more) */
};

/* Gives *out. Fails: as store_open_reader (NOTFOUND: no ledger yet). */
enum status shipment_open(const char *path, struct shipment **out,
    struct fault *fault) MUST_CHECK;
void shipment_close(struct shipment **shipment);

/* Is the file at the path still the one that was opened? */
bool shipment_is_in_place(const struct shipment *shipment);

/* The verifier key: who the ledger is. Fails: NOTFOUND, ... */
enum status shipment_vkey(struct shipment *shipment,
    char out[SHIPMENT_VKEY], struct fault *fault) MUST_CHECK;

/* How many leaves there are. */
enum status shipment_size(struct shipment *shipment, uint64_t *out,
    struct fault *fault) MUST_CHECK;

/* When the first record at or behind seq was made, ms; 0: there is none. */
enum status shipment_time(struct shipment *shipment, uint64_t seq,
    int64_t *out, struct fault *fault) MUST_CHECK;

/* The hash of a leaf, in hex. Fails: NOTFOUND. */
enum status shipment_hash(struct shipment *shipment, uint64_t seq,
    char out[SHIPMENT_HASH], struct fault *fault) MUST_CHECK;

enum status shipment_piece_init(struct shipment_piece *piece) MUST_CHECK;
void shipment_piece_clear(struct shipment_piece *piece);

/* The next piece from `from` on; piece->next == from: nothing is there. */
enum status shipment_read(struct shipment *shipment, uint64_t from,
    struct shipment_piece *piece, struct fault *fault) MUST_CHECK;

/*
 * Summaries of one day that have changed since the leaf `since`, behind the
 * row `after` (its first SHIPMENT_SUMMARY_KEYS columns; NULL: from the first
 * on). Borrows after.
 */
struct shipment_span {
	int64_t day;
	uint64_t since;
	const char *const *after;
};

/* At most SHIPMENT_ROWS of them. */
enum status shipment_summaries(struct shipment *shipment,
    const struct shipment_span *span, struct cells *out,
    struct fault *fault) MUST_CHECK;

/* The first day from `day` on that has summaries. Fails: NOTFOUND. */
enum status shipment_day(struct shipment *shipment, int64_t day, int64_t *out,
    struct fault *fault) MUST_CHECK;

/* The least day of the records at or behind seq. Fails: NOTFOUND. */
enum status shipment_first_day(struct shipment *shipment, uint64_t seq,
    int64_t *out, struct fault *fault) MUST_CHECK;

/* Checkpoints of more than `after` leaves and at most `until`. */
enum status shipment_checkpoints(struct shipment *shipment, uint64_t after,
    uint64_t until, struct cells *out, struct fault *fault) MUST_CHECK;

#endif
