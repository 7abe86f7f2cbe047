/*
 * tables: the tables of the centre, as SQL that an administrator reads.
 *
 * Plain SQL for PostgreSQL and for the engines that speak its protocol: no
 * extension, no function of the server's, no sequence. What a host writes is
 * spread by ledger, the leading column of its keys, and records are cut by
 * month; the sums over all hosts are led by their day.
 *
 * Threads: no state. Source: hopseald(8), "FLEET".
 */
#ifndef HOPSEAL_FLEET_TABLES_H
#define HOPSEAL_FLEET_TABLES_H

#include "policy/base/buf.h"

enum { TABLES_MONTHS_MAX = 240, TABLES_TEXT_MAX = 256 * 1024 };

/* Which months get a table of their own. */
struct tables_options {
	bool is_plain;	/* for engines that cannot cut a table */
	unsigned month; /* the first, as 202601 */
	unsigned months;
};

/* The month behind. */
unsigned tables_next_month(unsigned month);

/* Append the SQL. It may be run again at any time. */
void tables_put(const struct tables_options *options, struct buf *out);

#endif
