#include "milter/ctl/figures.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "milter/system/clock.h"
#include "milter/system/endpoint.h"

/* Longer than hopseald waits for one or two who ask and then say nothing. */
enum { WAIT_MS = 7000, NUMBER_MAX = 64 };

static bool
wait_to_read(int fd, int64_t until_us)
{
	struct pollfd waits = {.fd = fd, .events = POLLIN};
	int64_t left = until_us - clock_monotonic_us();

	return left > 0 && poll(&waits, 1, (int)(left / 1000) + 1) > 0;
}

/* Everything up to the end, or until the time is up. */
static enum status
read_all(int fd, struct buf *out)
{
	int64_t until_us = clock_monotonic_us() + WAIT_MS * 1000;
	char piece[4096];
	ssize_t got;

	while (wait_to_read(fd, until_us)) {
		got = recv(fd, piece, sizeof(piece), 0);
		if (got == 0)
			return buf_status(out);
		if (got < 0 && errno != EAGAIN)
			return STATUS_IO;
		if (got > 0)
			buf_put(out, piece, (size_t)got);
	}
	return STATUS_TIMEOUT;
}

enum status
figures_ask(const char *socket, struct buf *out, struct fault *fault)
{
	static const char request[] = "GET /metrics HTTP/1.0\r\n\r\n";
	struct endpoint endpoint;
	enum status status =
	    endpoint_parse(slice_of(socket), &endpoint, fault);
	int fd;

	if (status != STATUS_OK)
		return status;
	fd = endpoint_connect(&endpoint);
	if (fd < 0)
		return fault_errno(fault, STATUS_IO, errno, "%s: nobody "
		    "answers there; is hopseald running, and with this "
		    "configuration? (only root and the socket's group may "
		    "ask)", socket);
	if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0)
		status = STATUS_IO;
	else
		status = read_all(fd, out);
	(void)close(fd);
	if (status == STATUS_OK)
		return status;
	return fault_set(fault, status, "%s: the answer did not come whole "
	    "within seven seconds; is that hopseald's socket of metrics?",
	    socket);
}

/* The next line that is a sample, without the hopseal_ in front. */
static bool
next_sample(struct slice *text, struct slice *name, struct slice *value)
{
	static const char prefix[] = "hopseal_";

	while (text->len > 0) {
		struct slice line = slice_cut(text, '\n');
		size_t at;

		if (!slice_begins_nocase(line, prefix))
			continue;
		for (at = line.len; at > 0 && line.at[at - 1] != ' ';)
			at--;
		if (at < sizeof(prefix))
			continue;
		*value = slice_make(line.at + at, line.len - at);
		*name = slice_make(line.at + sizeof(prefix) - 1,
		    at - sizeof(prefix));
		return true;
	}
	return false;
}

bool
figures_find(struct slice text, const char *sample, double *out)
{
	char number[NUMBER_MAX], *end;
	struct slice name, value;
	struct buf copy;

	while (next_sample(&text, &name, &value)) {
		if (!slice_is(name, sample))
			continue;
		buf_init_fixed(&copy, number, sizeof(number));
		buf_put_slice(&copy, value);
		*out = strtod(buf_text(&copy), &end);
		return value.len > 0 && *end == '\0';
	}
	return false;
}

struct slice
figures_label(struct slice text, const char *name, const char *label)
{
	struct slice sample, value;

	while (next_sample(&text, &sample, &value)) {
		struct slice rest = sample;

		if (!slice_is(slice_cut(&rest, '{'), name))
			continue;
		while (rest.len > 0) {
			struct slice key = slice_cut(&rest, '=');

			(void)slice_cut(&rest, '"');
			value = slice_cut(&rest, '"');
			if (slice_is(key, label))
				return value;
			(void)slice_cut(&rest, ',');
		}
	}
	return slice_make(NULL, 0);
}
