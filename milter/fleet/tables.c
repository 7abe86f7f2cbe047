#include "milter/fleet/tables.h"

#include "milter/fleet/editions.h"
#include "milter/fleet/sums.h"

static const char head[] =
    "-- hopseal: the centre of a fleet. Run it as the owner of the database,\n"
    "-- again whenever new months are wanted: what is there stays.\n"
    "--\n"
    "-- Every key begins with `ledger`, 64 bits of the digest of the key\n"
    "-- that a host's ledger is signed with: two hosts never share rows,\n"
    "-- whatever they are called. Times are milliseconds since 1970 UTC.\n"
    "\n";

/* policy is a digest of the rules in force, the same where they are. */
static const char hosts[] =
    "CREATE TABLE IF NOT EXISTS hopseal_host (\n"
    "    ledger bigint PRIMARY KEY,\n"
    "    host text NOT NULL,\n"
    "    vkey text NOT NULL,        -- checks the checkpoints\n"
    "    version text NOT NULL,     -- of hopseal\n"
    "    policy text NOT NULL,      -- digest of the rules in force\n"
    "    edition bigint NOT NULL,   -- of the fleet's policy; 0: own files\n"
    "    next bigint NOT NULL,      -- every leaf before it is here\n"
    "    tip text NOT NULL,         -- hash of the last of them\n"
    "    next_time bigint NOT NULL, -- of the last record\n"
    "    size bigint NOT NULL,      -- leaves that the host has\n"
    "    oldest bigint NOT NULL,    -- time of the first not here; 0: none\n"
    "    lost bigint NOT NULL,      -- records that came too late\n"
    "    summary_next bigint NOT NULL,\n"
    "    checkpoint_size bigint NOT NULL,\n"
    "    began bigint NOT NULL,\n"
    "    seen bigint NOT NULL       -- by the clock of this server\n"
    ");\n"
    "-- 1: hopseal_sum has its summaries, else not. A centre that was made\n"
    "-- without that column gets it; each host then adds what it has there.\n"
    "ALTER TABLE hopseal_host ADD COLUMN IF NOT EXISTS\n"
    "    summed smallint NOT NULL DEFAULT 0;\n\n";

static const char records[] =
    "-- One row per record of a ledger.\n"
    "CREATE TABLE IF NOT EXISTS hopseal_record (\n"
    "    ledger bigint NOT NULL,\n"
    "    month integer NOT NULL,    -- 202601\n"
    "    partner text NOT NULL,     -- the domain at the other side\n"
    "    seq bigint NOT NULL,       -- place in the log of that ledger\n"
    "    part integer NOT NULL,\n"
    "    time bigint NOT NULL,\n"
    "    direction text NOT NULL,\n"
    "    event text NOT NULL,\n"
    "    mode text NOT NULL,\n"
    "    sender text NOT NULL,\n"
    "    recipient text NOT NULL,\n"
    "    policy text NOT NULL,\n"
    "    side text NOT NULL,\n"
    "    peer text NOT NULL,\n"
    "    address text NOT NULL,\n"
    "    tls text NOT NULL,\n"
    "    cipher text NOT NULL,\n"
    "    bits integer NOT NULL,\n"
    "    cert text NOT NULL,\n"
    "    cn text NOT NULL,\n"
    "    requiretls smallint NOT NULL,\n"
    "    queue text NOT NULL,\n"
    "    stamp text NOT NULL,\n"
    "    host text NOT NULL,\n"
    "    PRIMARY KEY (ledger, seq, month)\n"
    ")";

static const char rest[] =
    "CREATE INDEX IF NOT EXISTS hopseal_record_partner\n"
    "    ON hopseal_record (partner, time);\n"
    "CREATE INDEX IF NOT EXISTS hopseal_record_would\n"
    "    ON hopseal_record (time)\n"
    "    WHERE event IN ('would-reject', 'would-defer');\n"
    "\n"
    "-- Leaves of a log that are no records: notes of what retention removed,\n"
    "-- and hashes of records that a host had removed before it shipped them.\n"
    "CREATE TABLE IF NOT EXISTS hopseal_leaf (\n"
    "    ledger bigint NOT NULL,\n"
    "    seq bigint NOT NULL,\n"
    "    hash text NOT NULL,\n"
    "    line text,\n"
    "    PRIMARY KEY (ledger, seq)\n"
    ");\n"
    "\n"
    "-- The signed heads of the logs.\n"
    "CREATE TABLE IF NOT EXISTS hopseal_checkpoint (\n"
    "    ledger bigint NOT NULL,\n"
    "    size bigint NOT NULL,\n"
    "    time bigint NOT NULL,\n"
    "    note text NOT NULL,\n"
    "    PRIMARY KEY (ledger, size)\n"
    ");\n"
    "\n"
    "-- What a day was like, in counts; day is days since 1970.\n"
    "CREATE TABLE IF NOT EXISTS hopseal_summary (\n"
    "    ledger bigint NOT NULL,\n"
    "    day integer NOT NULL,\n"
    "    domain text NOT NULL,\n"
    "    direction text NOT NULL,\n"
    "    network text NOT NULL,\n"
    "    tls text NOT NULL,\n"
    "    cipher text NOT NULL,\n"
    "    event text NOT NULL,\n"
    "    records bigint NOT NULL,\n"
    "    messages bigint NOT NULL,\n"
    "    stamped bigint NOT NULL,\n"
    "    first_time bigint NOT NULL,\n"
    "    last_time bigint NOT NULL,\n"
    "    PRIMARY KEY (ledger, day, domain, direction, network, tls, cipher,\n"
    "        event)\n"
    ");\n"
    "CREATE INDEX IF NOT EXISTS hopseal_summary_domain\n"
    "    ON hopseal_summary (domain, day);\n\n";

static const char plain_note[] =
    "-- This engine does not cut tables by month (CockroachDB does it with a\n"
    "-- syntax of its own). Old months go with:\n"
    "--     DELETE FROM hopseal_record WHERE month = 202601;\n\n";

static const char cut_note[] =
    "-- One table per month: DROP TABLE hopseal_record_202601 forgets one at\n"
    "-- once. What has no month here yet goes to hopseal_record_rest; make\n"
    "-- months before they begin, or they cannot be made any more.\n"
    "-- Citus, once before the first record:\n"
    "--     SELECT create_distributed_table('hopseal_record', 'ledger');\n";

unsigned
tables_next_month(unsigned month)
{
	return month % 100 == 12 ? month + 100 - 11 : month + 1;
}

static void
put_months(const struct tables_options *options, struct buf *out)
{
	unsigned month = options->month, next, i;

	buf_puts(out, cut_note);
	for (i = 0; i < options->months; i++) {
		next = tables_next_month(month);
		buf_printf(out, "CREATE TABLE IF NOT EXISTS hopseal_record_%u "
		    "PARTITION OF hopseal_record\n    FOR VALUES FROM (%u) TO "
		    "(%u);\n", month, month, next);
		month = next;
	}
	buf_puts(out, "CREATE TABLE IF NOT EXISTS hopseal_record_rest "
	    "PARTITION OF hopseal_record\n    DEFAULT;\n\n");
}

void
tables_put(const struct tables_options *options, struct buf *out)
{
	buf_puts(out, head);
	buf_puts(out, hosts);
	buf_puts(out, records);
	if (options->is_plain) {
		buf_puts(out, ";\n");
		buf_puts(out, plain_note);
	} else {
		buf_puts(out, " PARTITION BY RANGE (month);\n");
		put_months(options, out);
	}
	buf_puts(out, rest);
	buf_puts(out, sums_table);
	buf_puts(out, editions_tables);
}
