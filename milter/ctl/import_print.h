/*
 * import_print: what hopseal import says of a log that it has read.
 *
 * Threads: one. Source: hopseal(8), "import".
 */
#ifndef HOPSEAL_CTL_IMPORT_PRINT_H
#define HOPSEAL_CTL_IMPORT_PRINT_H

#include "milter/maillog/deliveries.h"
#include "milter/maillog/outbound.h"

/*
 * On stdout, of the log of that name: how many lines, what became of mail in
 * them, and what is new in the ledger, or would be in a dry run.
 */
void import_print_counts(const char *log, const struct deliveries_counts *lines,
    const struct outbound_counts *records, bool is_dry_run);

/*
 * On stderr: what an administrator should look at. Nothing when all was
 * logged, and nothing left in clear that must not.
 */
void import_print_warnings(const struct deliveries_counts *lines,
    const struct outbound_counts *records);

#endif
