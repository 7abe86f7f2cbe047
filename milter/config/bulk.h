/*
 * bulk: the table of many domains, one `DOMAIN CLASS` to a line.
 *
 *	line    = [ *WSP entry ] *WSP [ "#" comment ] [CR] LF
 *	entry   = [ "." ] domain 1*WSP class
 *
 * A leading dot means subdomains only. Nothing is allocated per line but
 * the table's own entry.
 *
 * Threads: no state. Limits: BULK_MAX octets; of bad lines BULK_REPORTED are
 * reported and the rest is counted. Source: POLICY.md, "hopseal.conf".
 */
#ifndef HOPSEAL_CONFIG_BULK_H
#define HOPSEAL_CONFIG_BULK_H

#include "milter/config/findings.h"
#include "milter/config/rules.h"
#include "policy/table.h"

enum { BULK_MAX = 1024 * 1024 * 1024, BULK_REPORTED = 100 };

/*
 * Read file and add its domains to table, with the rules of their classes.
 * Bad lines go to findings. Fails: IO and LIMIT (the file; with fault), NOMEM.
 */
enum status bulk_read(const char *file, struct rules *rules,
    struct table *table, struct findings *findings,
    struct fault *fault) MUST_CHECK;

/*
 * The same for a text that is in memory; file is for findings. Domains that
 * are in the table are no fault if rules give way.
 */
enum status bulk_parse(struct slice text, const char *file,
    struct rules *rules, struct table *table,
    struct findings *findings) MUST_CHECK;

#endif
