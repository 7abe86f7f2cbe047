/*
 * schema: the tables of the ledger, version by version.
 *
 * Source: LEDGER.md, "Storage" and "Proof".
 */
#ifndef HOPSEAL_LEDGER_SCHEMA_H
#define HOPSEAL_LEDGER_SCHEMA_H

#include "milter/ledger/store.h"

/* The SQL that brings version - 1 to version (1 to STORE_VERSION). */
const char *schema_step(int version);

#endif
