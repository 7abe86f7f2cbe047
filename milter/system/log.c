#include "milter/system/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

struct log {
	enum log_sink sink;
	_Atomic int threshold;
};

enum status
log_open(enum log_sink sink, enum log_level threshold, struct log **out)
{
	struct log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return STATUS_NOMEM;
	log_set_sink(log, sink);
	log_set_threshold(log, threshold);
	*out = log;
	return STATUS_OK;
}

void
log_close(struct log **log)
{
	if (*log == NULL)
		return;
	log_set_sink(*log, LOG_SINK_STDERR);
	free(*log);
	*log = NULL;
}

void
log_set_threshold(struct log *log, enum log_level threshold)
{
	atomic_store(&log->threshold, (int)threshold);
}

void
log_set_sink(struct log *log, enum log_sink sink)
{
	if (log->sink == LOG_SINK_SYSLOG)
		closelog();
	if (sink == LOG_SINK_SYSLOG)
		openlog("hopseald", LOG_PID | LOG_NDELAY, LOG_MAIL);
	log->sink = sink;
}

static int
syslog_priority(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return LOG_ERR;
	case LOG_LEVEL_WARNING:
		return LOG_WARNING;
	case LOG_LEVEL_INFO:
		return LOG_INFO;
	case LOG_LEVEL_DEBUG:
		break;
	}
	return LOG_DEBUG;
}

static const char *
level_word(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return "error: ";
	case LOG_LEVEL_WARNING:
		return "warning: ";
	case LOG_LEVEL_INFO:
		break;
	case LOG_LEVEL_DEBUG:
		return "debug: ";
	}
	return "";
}

/* One write(2) for one line, so that lines of threads do not mix. */
static void
write_line(const char *prefix, const char *line)
{
	char out[LOG_LINE_MAX + 32];
	int len = snprintf(out, sizeof(out), "%s%s\n", prefix, line);
	size_t left = len < 0 ? 0 : (size_t)len;
	const char *at = out;
	ssize_t done;

	while (left > 0) {
		done = write(STDERR_FILENO, at, left);
		if (done <= 0)
			return;
		at += done;
		left -= (size_t)done;
	}
}

/* What the journal reads on standard error: sd-daemon(3), `<N>`. */
static void
write_journal(enum log_level level, const char *line)
{
	char prefix[32];

	(void)snprintf(prefix, sizeof(prefix), "<%d>%s",
	    syslog_priority(level), level_word(level));
	write_line(prefix, line);
}

/* No control octet from outside makes a second line or moves a cursor. */
static void
line_clean(char *line)
{
	for (; *line != '\0'; line++)
		if ((unsigned char)*line < 0x20 || *line == 0x7f)
			*line = '?';
}

void
log_line(struct log *log, enum log_level level, const char *format, ...)
{
	char line[LOG_LINE_MAX];
	va_list args;
	int len;

	if ((int)level > atomic_load(&log->threshold))
		return;
	va_start(args, format);
	len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (len < 0)
		return;
	line_clean(line);
	switch (log->sink) {
	case LOG_SINK_SYSLOG:
		syslog(syslog_priority(level), "%s%s", level_word(level), line);
		break;
	case LOG_SINK_STDERR:
		write_line(level_word(level), line);
		break;
	case LOG_SINK_JOURNAL:
		write_journal(level, line);
		break;
	}
}
