#include "milter/lookup/lookupclient.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "milter/system/clock.h"
#include "policy/nexthop.h"

enum { READ_SIZE = 4096, ANSWER_ROOM = NEXTHOP_ANSWER_MAX + 16 };

#define MAP_NAME "nexthop"

void
lookupclient_init(struct lookupclient *client, int fd)
{
	client->fd = fd;
	client->sent = 0;
	client->asked_us = clock_monotonic_us();
	client->closing = false;
	buf_init(&client->in, LOOKUP_IN_MAX + READ_SIZE);
	buf_init(&client->out, LOOKUP_OUT_MAX);
}

void
lookupclient_clear(struct lookupclient *client)
{
	(void)close(client->fd);
	buf_clear(&client->in);
	buf_clear(&client->out);
}

short
lookupclient_events(const struct lookupclient *client)
{
	return client->out.len > client->sent ? POLLOUT : POLLIN;
}

static void
count(struct counters *counters, struct slice answer)
{
	enum counters_answer kind = ANSWER_TEMP;

	if (slice_begins_nocase(answer, "OK "))
		kind = ANSWER_OK;
	else if (slice_begins_nocase(answer, "NOTFOUND"))
		kind = ANSWER_NOTFOUND;
	counter_add(&counters->answers[kind], 1);
}

/* `nexthop KEY`, socketmap_table(5). */
static void
answer(struct lookupclient *client, const struct lookup *lookup,
    struct slice request)
{
	struct slice key = request;
	struct slice map = slice_cut(&key, ' ');
	struct buf text;

	buf_init(&text, NEXTHOP_ANSWER_MAX);
	if (key.at == NULL || !slice_is(map, MAP_NAME))
		buf_puts(&text, "PERM the request must be `nexthop KEY`");
	else
		nexthop_answer(lookup->table, key, &text);
	if (buf_status(&text) != STATUS_OK) {
		buf_reset(&text);
		buf_puts(&text, "TEMP no memory for the answer");
	}
	count(lookup->counters, buf_slice(&text));
	netstring_put(buf_slice(&text), &client->out);
	buf_clear(&text);
}

/* Take the first octets of in away. */
static void
drop(struct buf *in, size_t used)
{
	char rest[LOOKUP_IN_MAX + READ_SIZE];
	size_t left = in->len - used;

	memcpy(rest, buf_text(in) + used, left);
	buf_reset(in);
	buf_put(in, rest, left);
}

/* Answer every whole request that has come, as far as answers fit. */
static void
answer_all(struct lookupclient *client, const struct lookup *lookup)
{
	struct slice request;
	size_t used;
	enum status status;

	while (client->out.len + ANSWER_ROOM <= LOOKUP_OUT_MAX) {
		status = netstring_read(buf_slice(&client->in), &request,
		    &used);
		if (status == STATUS_BUSY)
			return;
		if (status != STATUS_OK) {
			netstring_put(slice_of(status == STATUS_LIMIT
					? "PERM the request is too long"
					: "PERM this is no netstring"),
			    &client->out);
			client->closing = true;
			return;
		}
		client->asked_us = clock_monotonic_us();
		answer(client, lookup, request);
		drop(&client->in, used);
	}
}

/* Returns false when the connection is over. */
static bool
receive(struct lookupclient *client)
{
	char data[READ_SIZE];
	ssize_t got = recv(client->fd, data, sizeof(data), 0);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	if (got == 0)
		return false;
	buf_put(&client->in, data, (size_t)got);
	return buf_status(&client->in) == STATUS_OK;
}

static bool
transmit(struct lookupclient *client)
{
	size_t left = client->out.len - client->sent;
	ssize_t done;

	if (left == 0)
		return true;
	done = send(client->fd, buf_text(&client->out) + client->sent, left,
	    MSG_NOSIGNAL);
	if (done < 0)
		return errno == EAGAIN || errno == EINTR;
	client->sent += (size_t)done;
	if (client->sent < client->out.len)
		return true;
	buf_reset(&client->out);
	client->sent = 0;
	return !client->closing;
}

bool
lookupclient_serve(struct lookupclient *client, const struct lookup *lookup)
{
	if (client->out.len == client->sent && !receive(client))
		return false;
	if (!client->closing)
		answer_all(client, lookup);
	return buf_status(&client->out) == STATUS_OK && transmit(client);
}
