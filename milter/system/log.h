/*
 * log: one line per event, to syslog, the journal or standard error.
 *
 * A line is a short message and key=value pairs. Octets below SP and DEL are
 * written as `?`, so that nothing from outside makes a second line.
 *
 * Threads: any. A struct log is made once and outlives all that use it.
 */
#ifndef HOPSEAL_SYSTEM_LOG_H
#define HOPSEAL_SYSTEM_LOG_H

#include "policy/base/attributes.h"
#include "policy/base/status.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG };
enum log_sink { LOG_SINK_SYSLOG, LOG_SINK_STDERR, LOG_SINK_JOURNAL };

enum { LOG_LINE_MAX = 2048 };

struct log;

/* Gives *out. Fails: NOMEM. */
enum status log_open(enum log_sink sink, enum log_level threshold,
    struct log **out) MUST_CHECK;
void log_close(struct log **log);

/* From now on, lines above threshold are dropped. Safe at any time. */
void log_set_threshold(struct log *log, enum log_level threshold);

/*
 * Switch to another sink: main logs to standard error until the
 * configuration has said where to. Call before there are other threads.
 */
void log_set_sink(struct log *log, enum log_sink sink);

void log_line(struct log *log, enum log_level level, const char *format,
    ...) PRINTF_LIKE(3, 4);

#endif
