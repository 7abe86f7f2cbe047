/*
 * logclock: the time stamp in front of a log line.
 *
 *	Nov 24 04:25:10 [.123456]		syslog, journalctl -o short
 *	2026-11-24T04:25:10.123456+00:00	RFC 3339, -o short-iso
 *	Tue 2026-11-24 04:25:10 UTC		journalctl -o short-full
 *	1795494310.123456			journalctl -o short-unix
 *
 * The first has neither year nor zone: the zone is the local one, the year
 * the latest that does not lie in the future. A `<PRI>` in front is skipped.
 *
 * Threads: one owner. Source: RFC 3164, 4.1.2; RFC 3339, 5.6; journalctl(1).
 */
#ifndef HOPSEAL_MAILLOG_LOGCLOCK_H
#define HOPSEAL_MAILLOG_LOGCLOCK_H

#include <stdint.h>

#include "policy/base/slice.h"

struct logclock {
	int64_t now;  /* ms since 1970 UTC: nothing is later by a day */
	unsigned key; /* month, day and hour that base is for */
	int64_t base; /* ms at the beginning of that hour */
};

/* now: when the line was written at the latest, in ms. */
void logclock_init(struct logclock *clock, int64_t now);

/*
 * Take the stamp and the blank behind it off line; *out in ms since 1970
 * UTC. Returns false, with line untouched, when there is none.
 */
bool logclock_read(struct logclock *clock, struct slice *line, int64_t *out);

#endif
