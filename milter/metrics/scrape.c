#include "milter/metrics/scrape.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "milter/metrics/exposition.h"

void
scrape_init(struct scrape *scrape, int fd, int64_t until_us)
{
	scrape->fd = fd;
	scrape->until_us = until_us;
	scrape->sent = 0;
	buf_init(&scrape->request, SCRAPE_REQUEST);
	buf_init(&scrape->answer, EXPOSITION_MAX);
}

void
scrape_clear(struct scrape *scrape)
{
	(void)close(scrape->fd);
	buf_clear(&scrape->request);
	buf_clear(&scrape->answer);
}

short
scrape_events(const struct scrape *scrape)
{
	return scrape->answer.len > 0 ? POLLOUT : POLLIN;
}

/* Returns false when the connection is over. */
static bool
receive(struct scrape *scrape)
{
	char data[SCRAPE_REQUEST];
	ssize_t got = recv(scrape->fd, data,
	    sizeof(data) - scrape->request.len, 0);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	buf_put(&scrape->request, data, (size_t)got);
	return got > 0 && buf_status(&scrape->request) == STATUS_OK;
}

/* An empty line ends it. */
static bool
has_end(struct slice request)
{
	return slice_holds(request, "\r\n\r\n") ||
	    slice_holds(request, "\n\n");
}

static void
answer(struct scrape *scrape, scrape_render *render, void *context)
{
	struct slice request = buf_slice(&scrape->request);

	if (!has_end(request) || request.len < 4 ||
	    memcmp(request.at, "GET ", 4) != 0) {
		buf_puts(&scrape->answer, "HTTP/1.0 400 Bad Request\r\n\r\n");
		return;
	}
	buf_puts(&scrape->answer, "HTTP/1.0 200 OK\r\nContent-Type: "
	    "text/plain; version=0.0.4; charset=utf-8\r\n\r\n");
	render(context, &scrape->answer);
}

/* Returns false when all is sent, or the connection is over. */
static bool
transmit(struct scrape *scrape)
{
	ssize_t put = send(scrape->fd,
	    buf_text(&scrape->answer) + scrape->sent,
	    scrape->answer.len - scrape->sent, MSG_NOSIGNAL);

	if (put < 0)
		return errno == EAGAIN || errno == EINTR;
	scrape->sent += (size_t)put;
	return scrape->sent < scrape->answer.len;
}

bool
scrape_serve(struct scrape *scrape, scrape_render *render, void *context)
{
	if (scrape->answer.len == 0) {
		if (!receive(scrape))
			return false;
		if (scrape->request.len < SCRAPE_REQUEST &&
		    !has_end(buf_slice(&scrape->request)))
			return true;
		answer(scrape, render, context);
	}
	return buf_status(&scrape->answer) == STATUS_OK && transmit(scrape);
}
