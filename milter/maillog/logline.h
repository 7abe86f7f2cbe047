/*
 * logline: `STAMP HOST PROGRAM[PID]: TEXT`.
 *
 * Threads: no state. Limits: LOGLINE_MAX octets; the reader cuts longer ones.
 */
#ifndef HOPSEAL_MAILLOG_LOGLINE_H
#define HOPSEAL_MAILLOG_LOGLINE_H

#include "milter/maillog/logclock.h"

enum { LOGLINE_MAX = 8192, LOGLINE_QUEUE_ID_MAX = 40 };

/* Borrows the line. */
struct logline {
	int64_t time; /* ms since 1970 UTC */
	struct slice host;
	struct slice program; /* with its path: `postfix/smtp` */
	struct slice pid;     /* digits; empty when there is none */
	struct slice text;
};

/* Returns false when line has another form. line is without its LF. */
bool logline_read(struct logclock *clock, struct slice line,
    struct logline *out);

/*
 * Does text begin with a queue id of letters and digits, `ID: `? *rest is what
 * follows. least: octets that the MTA's ids have at least.
 */
bool logline_queue_id(struct slice text, size_t least, struct slice *id,
    struct slice *rest);

#endif
