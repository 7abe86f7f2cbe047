#include <stdio.h>

#include "milter/fleet/insert.h"
#include "milter/fleet/shipper.h"
#include "milter/fleet/sums.h"
#include "milter/system/clock.h"

enum { SUMMARY_MS = 10000 };

/*
 * One transaction: the summaries, and what they change in the sums over all
 * hosts. Said twice they change nothing.
 */
static enum status
ship_some(struct shipper *shipper, struct fault *fault)
{
	const struct hostrow *row = &shipper->row;
	enum status status = centre_run(shipper->centre, "BEGIN", fault);

	if (status == STATUS_OK)
		status = hostrow_hold(shipper->centre, row, fault);
	if (status == STATUS_OK)
		status = sums_add(shipper->centre, row->ledger,
		    &shipper->cells, fault);
	if (status == STATUS_OK)
		status = insert_cells(shipper->centre, &insert_summaries,
		    row->ledger, &shipper->cells, fault);
	if (status == STATUS_OK)
		status = centre_run(shipper->centre, "COMMIT", fault);
	return status;
}

/* The key of the last row, kept while the cells are filled anew. */
struct last {
	char texts[SHIPMENT_SUMMARY_KEYS][512];
	const char *key[SHIPMENT_SUMMARY_KEYS];
};

static void
keep_last(const struct cells *cells, struct last *out)
{
	size_t i;

	for (i = 0; i < SHIPMENT_SUMMARY_KEYS; i++) {
		(void)snprintf(out->texts[i], sizeof(out->texts[i]), "%s",
		    cells_at(cells, cells->rows - 1, i));
		out->key[i] = out->texts[i];
	}
}

/*
 * The leaf that the centre's summaries know not. It cannot be one that this
 * host has not: then somebody changed the row, and all are sent again.
 */
static uint64_t
counted_before(const struct shipper *shipper)
{
	uint64_t next = shipper->row.summary_next;

	return next > shipper->size ? 0 : next;
}

/* All summaries of a day that changed, piece by piece. */
static enum status
ship_day(struct shipper *shipper, int64_t day, struct fault *fault)
{
	struct shipment_span span = {day, counted_before(shipper), NULL};
	struct cells *cells = &shipper->cells;
	struct last last;
	enum status status;

	do {
		status = shipment_summaries(shipper->shipment, &span, cells,
		    fault);
		if (status != STATUS_OK || cells->rows == 0)
			break;
		status = ship_some(shipper, fault);
		keep_last(cells, &last);
		span.after = last.key;
	} while (status == STATUS_OK && cells->rows == SHIPMENT_ROWS);
	return status;
}

/* From the first day that has a record the centre's summaries know not. */
static enum status
ship_days(struct shipper *shipper, struct fault *fault)
{
	int64_t day = shipper->first_day;
	enum status status = STATUS_OK;

	if (day < 0)
		status = shipment_first_day(shipper->shipment,
		    counted_before(shipper), &day, fault);
	while (status == STATUS_OK) {
		status = shipment_day(shipper->shipment, day, &day, fault);
		if (status == STATUS_OK)
			status = ship_day(shipper, day, fault);
		day++;
	}
	return status == STATUS_NOTFOUND ? STATUS_OK : status;
}

/* Only when all of them are there our row says so. */
enum status
shipdays_send(struct shipper *shipper, struct fault *fault)
{
	struct hostrow to = shipper->row;
	enum status status;

	if (shipper->row.summary_next == shipper->size ||
	    shipper_now_ms() < shipper->summary_ms)
		return STATUS_OK;
	to.summary_next = shipper->size;
	status = ship_days(shipper, fault);
	if (status == STATUS_OK)
		status = shipper_advance(shipper, &to, -1, fault);
	if (status != STATUS_OK)
		return status;
	shipper_settle(shipper, &to);
	shipper->summary_ms = shipper_now_ms() + SUMMARY_MS;
	/* Records that are being written have times of today or later. */
	shipper->first_day = clock_wall_ms() / INT64_C(86400000) - 1;
	return STATUS_OK;
}
