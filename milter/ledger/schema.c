#include "milter/ledger/schema.h"

/*
 * record   one row per leaf of the Merkle log, until retention removes it
 * leaf     the hash of every leaf there ever was
 * node     roots of complete subtrees, every eighth height: proofs need no
 *          walk over all leaves
 * state    size and right edge of the tree
 * pruning  what retention removed; each row is a leaf of the log too
 * summary  counts per day; they outlive the records
 * memory   what a domain did before, per client network (a hash of both)
 */
static const char first_schema[] =
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1),"
    " size INTEGER NOT NULL, peaks BLOB NOT NULL);"
    "INSERT INTO state VALUES (1, 0, x'');"
    "CREATE TABLE record (seq INTEGER PRIMARY KEY, part INTEGER NOT NULL,"
    " time INTEGER NOT NULL, direction TEXT NOT NULL, event TEXT NOT NULL,"
    " mode TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,"
    " policy TEXT NOT NULL, side TEXT NOT NULL, peer TEXT NOT NULL,"
    " address TEXT NOT NULL, tls TEXT NOT NULL, cipher TEXT NOT NULL,"
    " bits INTEGER NOT NULL, cert TEXT NOT NULL, cn TEXT NOT NULL,"
    " requiretls INTEGER NOT NULL, queue TEXT NOT NULL,"
    " stamp TEXT NOT NULL, host TEXT NOT NULL);"
    "CREATE TABLE leaf (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL);"
    "CREATE TABLE node (height INTEGER NOT NULL, place INTEGER NOT NULL,"
    " hash BLOB NOT NULL, PRIMARY KEY (height, place)) WITHOUT ROWID;"
    "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY,"
    " time INTEGER NOT NULL, note TEXT NOT NULL);"
    "CREATE TABLE pruning (seq INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
    " what TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
    " removed INTEGER NOT NULL, newest INTEGER NOT NULL);"
    "CREATE TABLE day (day INTEGER PRIMARY KEY, records INTEGER NOT NULL,"
    " domains INTEGER NOT NULL, rows INTEGER NOT NULL);"
    "CREATE TABLE summary (day INTEGER NOT NULL, domain TEXT NOT NULL,"
    " direction TEXT NOT NULL, network TEXT NOT NULL, tls TEXT NOT NULL,"
    " cipher TEXT NOT NULL, event TEXT NOT NULL, records INTEGER NOT NULL,"
    " messages INTEGER NOT NULL, stamped INTEGER NOT NULL,"
    " first_time INTEGER NOT NULL, last_time INTEGER NOT NULL,"
    " first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,"
    " PRIMARY KEY (day, domain, direction, network, tls, cipher, event))"
    " WITHOUT ROWID;"
    "CREATE TABLE memory (slot INTEGER PRIMARY KEY, key BLOB NOT NULL,"
    " met INTEGER NOT NULL, born INTEGER NOT NULL, plain INTEGER NOT NULL,"
    " kept INTEGER NOT NULL);";

static const char *const steps[STORE_VERSION] = {first_schema};

const char *
schema_step(int version)
{
	return steps[version - 1];
}
