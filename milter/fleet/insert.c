#include "milter/fleet/insert.h"

#include <inttypes.h>

#include "policy/base/buf.h"

enum { SQL_MAX = 1024 * 1024, SOME_ROWS = 100 };

const struct insert_target insert_records = {
    "INSERT INTO hopseal_record (ledger, month, partner, seq, part, time,"
    " direction, event, mode, sender, recipient, policy, side, peer, address,"
    " tls, cipher, bits, cert, cn, requiretls, queue, stamp, host) VALUES ",
    " ON CONFLICT DO NOTHING", SOME_ROWS};

const struct insert_target insert_leaves = {
    "INSERT INTO hopseal_leaf (ledger, seq, hash, line) VALUES ",
    " ON CONFLICT DO NOTHING", SOME_ROWS};

const struct insert_target insert_checkpoints = {
    "INSERT INTO hopseal_checkpoint (ledger, size, time, note) VALUES ",
    " ON CONFLICT DO NOTHING", SOME_ROWS};

/* Counts only grow, and the host knows them whole: its word replaces ours. */
const struct insert_target insert_summaries = {
    "INSERT INTO hopseal_summary (ledger, day, domain, direction, network,"
    " tls, cipher, event, records, messages, stamped, first_time, last_time)"
    " VALUES ",
    " ON CONFLICT (ledger, day, domain, direction, network, tls, cipher,"
    " event) DO UPDATE SET records = excluded.records,"
    " messages = excluded.messages, stamped = excluded.stamped,"
    " first_time = excluded.first_time, last_time = excluded.last_time",
    SOME_ROWS};

static void
compose(const struct insert_target *target, int64_t ledger, size_t rows,
    size_t columns, struct buf *sql)
{
	size_t row, column, place = 0;

	buf_puts(sql, target->before);
	for (row = 0; row < rows; row++) {
		buf_printf(sql, "%s(%" PRId64, row == 0 ? "" : ",", ledger);
		for (column = 0; column < columns; column++)
			buf_printf(sql, ",$%zu", ++place);
		buf_putc(sql, ')');
	}
	buf_puts(sql, target->behind);
}

static enum status
insert_some(struct centre *centre, const struct insert_target *target,
    int64_t ledger, const struct cells *some, struct fault *fault)
{
	struct question question = {NULL, some->values,
	    some->rows * some->columns};
	enum status status;
	struct buf sql;

	buf_init(&sql, SQL_MAX);
	compose(target, ledger, some->rows, some->columns, &sql);
	status = buf_status(&sql);
	question.sql = buf_text(&sql);
	if (status == STATUS_OK)
		status = centre_ask_nothing(centre, &question, NULL, fault);
	else
		(void)fault_set(fault, status, "no memory");
	buf_clear(&sql);
	return status;
}

enum status
insert_cells(struct centre *centre, const struct insert_target *target,
    int64_t ledger, const struct cells *cells, struct fault *fault)
{
	struct cells some = *cells;
	enum status status = STATUS_OK;
	size_t at;

	for (at = 0; at < cells->rows && status == STATUS_OK;
	    at += target->rows) {
		some.values = cells->values + at * cells->columns;
		some.rows = cells->rows - at < target->rows ? cells->rows - at
							    : target->rows;
		status = insert_some(centre, target, ledger, &some, fault);
	}
	return status;
}
