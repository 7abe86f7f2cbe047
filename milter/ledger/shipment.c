#include "milter/ledger/shipment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ledger/shipmentstate.h"

enum status
shipment_open(const char *path, struct shipment **out, struct fault *fault)
{
	struct shipment *shipment = calloc(1, sizeof(*shipment));
	enum status status;

	if (shipment == NULL)
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	status = store_open_reader(path, &shipment->store, fault);
	if (status == STATUS_OK)
		*out = shipment;
	else
		free(shipment);
	return status;
}

void
shipment_close(struct shipment **shipment)
{
	if (*shipment == NULL)
		return;
	store_close(&(*shipment)->store);
	free(*shipment);
	*shipment = NULL;
}

bool
shipment_is_in_place(const struct shipment *shipment)
{
	return store_is_in_place(&shipment->store);
}

enum status
shipment_vkey(struct shipment *shipment, char out[SHIPMENT_VKEY],
    struct fault *fault)
{
	return store_meta(&shipment->store, "vkey", out, SHIPMENT_VKEY,
	    fault);
}

/* A query of one number, with the number a in it. Fails: NOTFOUND. */
static enum status
number_of(struct shipment *shipment, const char *sql, int64_t a,
    int64_t *out, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status =
	    store_prepare(&shipment->store, sql, &statement, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	(void)sqlite3_bind_int64(statement, 1, a);
	rc = sqlite3_step(statement);
	status = store_status(&shipment->store, rc, fault);
	if (rc == SQLITE_ROW && sqlite3_column_type(statement, 0) !=
		SQLITE_NULL)
		*out = sqlite3_column_int64(statement, 0);
	else if (status == STATUS_OK)
		status = fault_set(fault, STATUS_NOTFOUND, "no such row");
	(void)sqlite3_finalize(statement);
	return status;
}

enum status
shipment_size(struct shipment *shipment, uint64_t *out, struct fault *fault)
{
	int64_t size = 0;
	enum status status = store_number(&shipment->store,
	    "SELECT size FROM state", &size, fault);

	*out = (uint64_t)size;
	return status;
}

enum status
shipment_time(struct shipment *shipment, uint64_t seq, int64_t *out,
    struct fault *fault)
{
	enum status status = number_of(shipment,
	    "SELECT time FROM record WHERE seq >= ? ORDER BY seq LIMIT 1",
	    (int64_t)seq, out, fault);

	if (status != STATUS_NOTFOUND)
		return status;
	*out = 0;
	return STATUS_OK;
}

enum status
shipment_first_day(struct shipment *shipment, uint64_t seq, int64_t *out,
    struct fault *fault)
{
	return number_of(shipment,
	    "SELECT min(time) / 86400000 FROM record WHERE seq >= ?",
	    (int64_t)seq, out, fault);
}

enum status
shipment_day(struct shipment *shipment, int64_t day, int64_t *out,
    struct fault *fault)
{
	return number_of(shipment,
	    "SELECT day FROM day WHERE day >= ? ORDER BY day LIMIT 1", day,
	    out, fault);
}

enum status
shipment_hash(struct shipment *shipment, uint64_t seq,
    char out[SHIPMENT_HASH], struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(&shipment->store,
	    "SELECT lower(hex(hash)) FROM leaf WHERE seq = ?", &statement,
	    fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	(void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)seq);
	rc = sqlite3_step(statement);
	status = store_status(&shipment->store, rc, fault);
	if (rc == SQLITE_ROW)
		(void)snprintf(out, SHIPMENT_HASH, "%s",
		    store_text(statement, 0));
	else if (status == STATUS_OK)
		status = fault_set(fault, STATUS_NOTFOUND, "no such leaf");
	(void)sqlite3_finalize(statement);
	return status;
}

static const char sql_summaries[] =
    "SELECT day, domain, direction, network, tls, cipher, event, records,"
    " messages, stamped, first_time, last_time FROM summary WHERE day = ?1"
    " AND last_seq >= ?2 AND (domain, direction, network, tls, cipher, event)"
    " > (?3, ?4, ?5, ?6, ?7, ?8) ORDER BY domain, direction, network, tls,"
    " cipher, event LIMIT ?9";

enum status
shipment_summaries(struct shipment *shipment,
    const struct shipment_span *span, struct cells *out, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status =
	    store_prepare(&shipment->store, sql_summaries, &statement, fault);
	int i;

	cells_reset(out, SHIPMENT_SUMMARY_COLUMNS);
	if (status != STATUS_OK)
		return status;
	(void)sqlite3_bind_int64(statement, 1, span->day);
	(void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)span->since);
	for (i = 1; i < SHIPMENT_SUMMARY_KEYS; i++)
		store_bind(statement, 2 + i,
		    span->after == NULL ? "" : span->after[i]);
	(void)sqlite3_bind_int(statement, 9, SHIPMENT_ROWS);
	status = shipment_copy_all(shipment, statement, out, fault);
	(void)sqlite3_finalize(statement);
	return status;
}

enum status
shipment_checkpoints(struct shipment *shipment, uint64_t after,
    uint64_t until, struct cells *out, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(&shipment->store,
	    "SELECT size, time, note FROM checkpoint WHERE size > ?1 AND"
	    " size <= ?2 ORDER BY size LIMIT ?3", &statement, fault);

	cells_reset(out, SHIPMENT_CHECKPOINT_COLUMNS);
	if (status != STATUS_OK)
		return status;
	(void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)after);
	(void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)until);
	(void)sqlite3_bind_int(statement, 3, SHIPMENT_ROWS);
	status = shipment_copy_all(shipment, statement, out, fault);
	(void)sqlite3_finalize(statement);
	return status;
}
