/*
 * fleetpolicy: the policy that all hosts of a fleet share (sheet.h), below
 * what this host's own files say.
 *
 * Both stand in one table as if in one file, with two differences: for a
 * title that both have, the host's rule holds and the fleet's is left out;
 * and each side knows its own classes only. So what is right by itself is
 * right on every host, and a host's own rules cannot bring the fleet's down.
 *
 * Threads: one at a time in the process, as config_read. Limits:
 * EDITION_TEXT_MAX octets. Source: hopseal.conf(5), "FLEET".
 */
#ifndef HOPSEAL_CONFIG_FLEETPOLICY_H
#define HOPSEAL_CONFIG_FLEETPOLICY_H

#include "milter/config/findings.h"
#include "milter/config/rules.h"

/*
 * Is text a policy? All of it is read as a daemon does, and every error is
 * reported with name and line. Fails: SYNTAX (reported), NOMEM.
 */
enum status fleetpolicy_check(struct slice text, const char *name,
    config_report *report, void *context) MUST_CHECK;

/*
 * Add the policy of text to the table that above is in; findings is empty.
 * *left_out is how many titles gave way. Fails: SYNTAX (findings were added),
 * NOMEM.
 */
enum status fleetpolicy_add(struct slice text, const char *name,
    const struct rules *above, struct findings *findings,
    size_t *left_out) MUST_CHECK;

#endif
