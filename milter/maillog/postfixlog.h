/*
 * postfixlog: lines of Postfix's smtp(8), qmgr(8) and master(8).
 *
 * Versions 3.4 to 3.11. An smtp process logs `... TLS connection established
 * to` (or `reused to`), then a line for each recipient. tlsproxy's own copy
 * of the first is not looked at. Source: Postfix, log_adhoc(3), tls_misc.c,
 * pol_stats(3).
 */
#ifndef HOPSEAL_MAILLOG_POSTFIXLOG_H
#define HOPSEAL_MAILLOG_POSTFIXLOG_H

#include "milter/maillog/mailevent.h"

/* Is the program one of Postfix's (`NAME/SERVICE`)? */
bool postfixlog_is_ours(const struct logline *line);

/* Returns false when the line is of a known program, but not understood. */
bool postfixlog_read(const struct logline *line, struct mailevent *out);

#endif
