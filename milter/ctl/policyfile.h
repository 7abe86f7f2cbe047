/*
 * policyfile: read the configuration for a subcommand, errors to stderr.
 */
#ifndef HOPSEAL_CTL_POLICYFILE_H
#define HOPSEAL_CTL_POLICYFILE_H

#include "milter/config/config.h"

/* Gives *out (config_free). Fails: as config_read; all was printed. */
enum status policyfile_read(const char *file, struct config **out) MUST_CHECK;

/*
 * The same without the policy of a fleet, for what must work when its
 * snapshot is not there or not good.
 */
enum status policyfile_read_local(const char *file,
    struct config **out) MUST_CHECK;

/* A config_report to standard error; context is not used. */
void policyfile_complain(void *context, const char *sentence);

/* `from=require to=prefer level=...`: one rule in words, on stdout. */
void rule_print(const struct rule *rule, struct slice domain);

#endif
