/*
 * policyfile: read the configuration for a subcommand, errors to stderr.
 */
#ifndef HOPSEAL_CTL_POLICYFILE_H
#define HOPSEAL_CTL_POLICYFILE_H

#include "milter/config/config.h"

/* Gives *out (config_free). Fails: as config_read; all was printed. */
enum status policyfile_read(const char *file, struct config **out) MUST_CHECK;

/* `from=require to=prefer level=...`: one rule in words, on stdout. */
void rule_print(const struct rule *rule, struct slice domain);

#endif
