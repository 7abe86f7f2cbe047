/*
 * ledgerpath: which ledger a subcommand speaks of.
 *
 * `--ledger PATH`, else what the configuration names.
 */
#ifndef HOPSEAL_CTL_LEDGERPATH_H
#define HOPSEAL_CTL_LEDGERPATH_H

#include "milter/config/config.h"

/*
 * The path, or NULL after a sentence on standard error. file is the
 * configuration; *config is read if path is NULL, or if it can be read
 * anyway; free it with config_free. Borrows path, and from *config.
 */
const char *ledgerpath_find(const char *path, const char *file,
    struct config **config);

/*
 * For what is better with the policies in force, and does without: an
 * auditor who names a ledger has no configuration. *path is --ledger or
 * NULL, file is -c or NULL. Sets *path, and *config unless there is none
 * (config_free). Returns false after a sentence on standard error.
 */
bool ledgerpath_with_policies(const char **path, const char *file,
    struct config **config);

#endif
