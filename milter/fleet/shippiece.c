#include <inttypes.h>
#include <string.h>

#include "milter/fleet/insert.h"
#include "milter/fleet/shipper.h"

/* Checkpoints that speak of leaves that are there. */
static enum status
ship_checkpoints(struct shipper *shipper, struct hostrow *to,
    struct fault *fault)
{
	struct cells *cells = &shipper->cells;
	enum status status = shipment_checkpoints(shipper->shipment,
	    to->checkpoint_size, to->next, cells, fault);
	unsigned long size;

	if (status != STATUS_OK || cells->rows == 0)
		return status;
	status = insert_cells(shipper->centre, &insert_checkpoints,
	    to->ledger, cells, fault);
	if (slice_number(slice_of(cells_at(cells, cells->rows - 1, 0)),
		~0ul, &size))
		to->checkpoint_size = size;
	return status;
}

static enum status
ship_rows(struct shipper *shipper, struct hostrow *to, struct fault *fault)
{
	const struct shipment_piece *piece = &shipper->piece;
	enum status status;

	status = insert_cells(shipper->centre, &insert_records, to->ledger,
	    &piece->records, fault);
	if (status == STATUS_OK)
		status = insert_cells(shipper->centre, &insert_leaves,
		    to->ledger, &piece->others, fault);
	if (status != STATUS_OK)
		return status;
	to->next = piece->next;
	to->lost += piece->lost;
	memcpy(to->tip, piece->tip, sizeof(to->tip));
	return ship_checkpoints(shipper, to, fault);
}

static void
count_piece(struct shipper *shipper)
{
	const struct shipment_piece *piece = &shipper->piece;

	atomic_fetch_add(&shipper->board->shipped, piece->records.rows);
	atomic_fetch_add(&shipper->board->batches, 1);
	atomic_fetch_add(&shipper->board->dropped, piece->lost);
	if (piece->lost > 0)
		log_line(shipper->env->log, LOG_LEVEL_WARNING, "fleet: %"
		    PRIu64 " records were removed by retention before they "
		    "were shipped; the centre has their hashes: "
		    "ship-backlog-days is longer than an outage may be",
		    piece->lost);
	if (piece->first_day >= 0 && shipper->first_day >= 0 &&
	    piece->first_day < shipper->first_day)
		shipper->first_day = piece->first_day;
}

/* One transaction: some leaves, and our row. */
enum status
shippiece_send(struct shipper *shipper, struct fault *fault)
{
	struct hostrow to = shipper->row;
	enum status status = shipment_read(shipper->shipment, to.next,
	    &shipper->piece, fault);

	if (status != STATUS_OK)
		return status;
	if (shipper->piece.next == to.next &&
	    shipper_now_ms() < shipper->told_ms + SHIPPER_HEARTBEAT_MS)
		return STATUS_OK;
	status = centre_run(shipper->centre, "BEGIN", fault);
	if (status == STATUS_OK && shipper->piece.next > to.next)
		status = ship_rows(shipper, &to, fault);
	else if (status == STATUS_OK)
		status = ship_checkpoints(shipper, &to, fault);
	if (status == STATUS_OK)
		status = shipper_advance(shipper, &to, shipper->piece.time,
		    fault);
	if (status == STATUS_OK)
		status = centre_run(shipper->centre, "COMMIT", fault);
	if (status != STATUS_OK)
		return status;
	if (shipper->piece.next > shipper->row.next)
		count_piece(shipper);
	shipper_settle(shipper, &to);
	return STATUS_OK;
}
