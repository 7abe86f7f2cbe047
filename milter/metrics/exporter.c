#include "milter/metrics/exporter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "milter/metrics/exposition.h"
#include "milter/system/clock.h"

enum { FILE_NAME_MAX = 4096 };

struct exporter {
	struct exporter_options options;
	pthread_t thread;
	int stop[2]; /* closing stop[1] ends the thread */
	bool failing; /* the file could not be written the last time */
};

/* Returns false at the deadline, or for a fault. */
static bool
await(int fd, short events, int64_t until_us)
{
	struct pollfd waits = {.fd = fd, .events = events};
	int64_t left = until_us - clock_monotonic_us();

	return left > 0 && poll(&waits, 1, (int)(left / 1000) + 1) > 0;
}

/* Whether a whole request came: up to an empty line, and it is a GET. */
static bool
read_request(int fd, int64_t until_us)
{
	char request[EXPORTER_REQUEST];
	size_t len = 0;
	ssize_t got;

	while (len < sizeof(request) && await(fd, POLLIN, until_us)) {
		got = recv(fd, request + len, sizeof(request) - len, 0);
		if (got <= 0)
			return false;
		len += (size_t)got;
		if (slice_holds(slice_make(request, len), "\r\n\r\n") ||
		    slice_holds(slice_make(request, len), "\n\n"))
			return len > 4 && memcmp(request, "GET ", 4) == 0;
	}
	return false;
}

static void
send_all(int fd, struct slice text, int64_t until_us)
{
	ssize_t put;

	while (text.len > 0 && await(fd, POLLOUT, until_us)) {
		put = send(fd, text.at, text.len, MSG_NOSIGNAL);
		if (put < 0 && errno != EAGAIN)
			return;
		if (put > 0)
			text = slice_make(text.at + put,
			    text.len - (size_t)put);
	}
}

static void
answer(struct exporter *exporter, int fd)
{
	int64_t until_us =
	    clock_monotonic_us() + EXPORTER_SECONDS * 1000000;
	struct buf out;

	if (!read_request(fd, until_us)) {
		send_all(fd, slice_of("HTTP/1.0 400 Bad Request\r\n\r\n"),
		    until_us);
		return;
	}
	buf_init(&out, EXPOSITION_MAX);
	buf_puts(&out, "HTTP/1.0 200 OK\r\nContent-Type: text/plain; "
		       "version=0.0.4; charset=utf-8\r\n\r\n");
	exporter->options.render(exporter->options.context, &out);
	if (buf_status(&out) == STATUS_OK)
		send_all(fd, buf_slice(&out), until_us);
	buf_clear(&out);
}

static void
serve_one(struct exporter *exporter)
{
	struct timespec pause = {0, 10 * 1000 * 1000};
	int fd = accept(exporter->options.listener, NULL, NULL);

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE)
			(void)nanosleep(&pause, NULL);
		return;
	}
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
		answer(exporter, fd);
	(void)close(fd);
}

static bool
write_all(int fd, struct slice text)
{
	while (text.len > 0) {
		ssize_t put = write(fd, text.at, text.len);

		if (put <= 0)
			return false;
		text = slice_make(text.at + put, text.len - (size_t)put);
	}
	return true;
}

/* Renamed into place: a reader sees the old figures or the new ones. */
static enum status
write_file(struct exporter *exporter, struct fault *fault)
{
	const char *file = exporter->options.file;
	enum status status = STATUS_OK;
	struct buf name, out;
	bool done = false;
	int fd;

	buf_init(&name, FILE_NAME_MAX);
	buf_init(&out, EXPOSITION_MAX);
	buf_printf(&name, "%s.new", file);
	exporter->options.render(exporter->options.context, &out);
	fd = open(buf_text(&name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0644);
	if (fd >= 0) {
		/* node_exporter is another user. */
		done = fchmod(fd, 0644) == 0 &&
		    buf_status(&out) == STATUS_OK &&
		    write_all(fd, buf_slice(&out));
		done = close(fd) == 0 && done;
	}
	if (!done || rename(buf_text(&name), file) != 0)
		status = fault_errno(fault, STATUS_IO, errno,
		    "%s cannot be written; its folder must be writable to "
		    "hopseald's user", file);
	buf_clear(&name);
	buf_clear(&out);
	return status;
}

/* Write the file, or say once why it is old from now on. */
static void
renew_file(struct exporter *exporter)
{
	struct fault fault;
	enum status status = write_file(exporter, &fault);

	if (status != STATUS_OK && !exporter->failing)
		log_line(exporter->options.log, LOG_LEVEL_ERROR, "%s",
		    fault.text);
	if (status == STATUS_OK && exporter->failing)
		log_line(exporter->options.log, LOG_LEVEL_INFO,
		    "%s is written again", exporter->options.file);
	exporter->failing = status != STATUS_OK;
}

static void *
exporter_run(void *context)
{
	struct exporter *exporter = context;
	struct pollfd polls[2] = {
	    {.fd = exporter->stop[0], .events = POLLIN},
	    {.fd = exporter->options.listener, .events = POLLIN},
	};
	int64_t next_us = clock_monotonic_us(), now_us;

	for (;;) {
		now_us = clock_monotonic_us();
		if (exporter->options.file != NULL && now_us >= next_us) {
			renew_file(exporter);
			next_us = now_us +
			    (int64_t)EXPORTER_FILE_SECONDS * 1000000;
		}
		if (poll(polls, 2, exporter->options.file == NULL ? -1
			: (int)((next_us - now_us) / 1000) + 1) < 0)
			continue;
		if (polls[0].revents != 0)
			return NULL;
		if (polls[1].revents != 0)
			serve_one(exporter);
	}
}

static void
exporter_free(struct exporter *exporter)
{
	if (exporter->stop[0] >= 0)
		(void)close(exporter->stop[0]);
	if (exporter->stop[1] >= 0)
		(void)close(exporter->stop[1]);
	if (exporter->options.listener >= 0)
		(void)close(exporter->options.listener);
	free(exporter);
}

enum status
exporter_start(const struct exporter_options *options, struct exporter **out,
    struct fault *fault)
{
	struct exporter *exporter = calloc(1, sizeof(*exporter));
	enum status status = STATUS_OK;
	int error = 0;

	if (exporter == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory");
	exporter->options = *options;
	exporter->stop[0] = exporter->stop[1] = -1;
	if (options->file != NULL)
		status = write_file(exporter, fault);
	if (status == STATUS_OK && pipe(exporter->stop) != 0)
		error = errno;
	if (status == STATUS_OK && error == 0)
		error = pthread_create(&exporter->thread, NULL, exporter_run,
		    exporter);
	if (error != 0)
		status = fault_errno(fault, STATUS_IO, error,
		    "cannot start the thread of metrics");
	if (status != STATUS_OK) {
		exporter_free(exporter);
		return status;
	}
	*out = exporter;
	return STATUS_OK;
}

void
exporter_stop(struct exporter **exporter)
{
	if (*exporter == NULL)
		return;
	(void)close((*exporter)->stop[1]);
	(*exporter)->stop[1] = -1;
	(void)pthread_join((*exporter)->thread, NULL);
	if ((*exporter)->options.file != NULL)
		renew_file(*exporter);
	exporter_free(*exporter);
	*exporter = NULL;
}
