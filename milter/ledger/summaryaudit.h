/*
 * summaryaudit: do the daily summaries agree with the records?
 *
 * Compares the days whose records are all still there: those after the
 * newest record that retention has removed. Part of the audit.
 */
#ifndef HOPSEAL_LEDGER_SUMMARYAUDIT_H
#define HOPSEAL_LEDGER_SUMMARYAUDIT_H

#include "milter/ledger/audit.h"
#include "milter/ledger/store.h"

/* *days: how many were compared. Fails: as store_status. */
enum status summaryaudit_run(const struct store *store,
    audit_finding *finding, void *context, uint64_t *days,
    struct fault *fault) MUST_CHECK;

#endif
