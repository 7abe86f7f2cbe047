#include "milter/filter/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libmilter/mfdef.h>

enum { PIECES_MAX = 4 }; /* of a write; libmilter's have two */

/* By descriptor. The memory stays for the next connection of that number. */
struct wire {
	atomic_bool is_connected;
	bool is_ready;	   /* poll said so, and it has not been read since */
	bool may_write;	   /* poll was asked, and it has not been written since */
	int wait_ms;	   /* for that write */
	size_t at, end;	   /* what is left of ahead */
	size_t held_len;
	unsigned char *ahead, *held;
};

static struct wire wires[WIRE_FILES];

/* NULL: this descriptor is none of a connection. */
static struct wire *
wire_of(int fd)
{
	if (fd < 0 || fd >= WIRE_FILES ||
	    !atomic_load(&wires[fd].is_connected))
		return NULL;
	return &wires[fd];
}

int
wire_accept(int fd, struct sockaddr *address, socklen_t *len)
{
	int connection = accept(fd, address, len);
	struct wire *wire;

	if (connection < 0 || connection >= WIRE_FILES)
		return connection;
	wire = &wires[connection];
	if (wire->ahead == NULL) {
		wire->ahead = malloc(WIRE_AHEAD + WIRE_HELD);
		if (wire->ahead == NULL)
			return connection;
		wire->held = wire->ahead + WIRE_AHEAD;
	}
	/* An exchange: what close left is seen, that it is empty. */
	(void)atomic_exchange(&wire->is_connected, true);
	return connection;
}

int
wire_close(int fd)
{
	struct wire *wire = wire_of(fd);

	/* Before another thread can be given this number. */
	if (wire != NULL) {
		wire->at = wire->end = wire->held_len = 0;
		wire->is_ready = wire->may_write = false;
		atomic_store(&wire->is_connected, false);
	}
	return close(fd);
}

/* What is held, and the pieces after it. Returns how many octets went. */
static ssize_t
send_now(const struct wire *wire, int fd, const struct iovec *pieces,
    int count)
{
	struct iovec all[1 + PIECES_MAX];
	struct msghdr message = {.msg_iov = all};

	all[0].iov_base = wire->held;
	all[0].iov_len = wire->held_len;
	if (count > 0)
		memcpy(all + 1, pieces, (size_t)count * sizeof(*pieces));
	message.msg_iovlen = 1 + (size_t)count;
	return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool
has_room_in_time(const struct wire *wire, int fd)
{
	struct pollfd file = {.fd = fd, .events = POLLOUT};
	int found;

	do
		found = poll(&file, 1, wire->wait_ms);
	while (found < 0 && errno == EINTR);
	if (found == 0)
		errno = ETIMEDOUT;
	return found > 0;
}

/* Of so many octets that went, those of the pieces: what is held goes first. */
static size_t
forget_held(struct wire *wire, size_t sent)
{
	size_t held = sent < wire->held_len ? sent : wire->held_len;

	wire->held_len -= held;
	memmove(wire->held, wire->held + held, wire->held_len);
	return sent - held;
}

/* All that is held, then as many octets of the pieces as returned. */
static ssize_t
send_held_first(struct wire *wire, int fd, const struct iovec *pieces,
    int count)
{
	size_t ours = 0;
	ssize_t sent;

	do {
		sent = send_now(wire, fd, pieces, count);
		if (sent >= 0)
			ours = forget_held(wire, (size_t)sent);
		else if ((errno != EAGAIN && errno != EWOULDBLOCK) ||
		    !has_room_in_time(wire, fd))
			return -1;
	} while (wire->held_len > 0 || (ours == 0 && count > 0));
	return (ssize_t)ours;
}

/* A whole packet that changes the message: an answer comes after it. */
static bool
is_change(const struct iovec *pieces, int count)
{
	static const char changes[] = {SMFIR_INSHEADER, SMFIR_CHGHEADER,
	    SMFIR_ADDRCPT, SMFIR_DELRCPT};
	const unsigned char *head = pieces[0].iov_base;
	uint32_t len;

	if (count != 2 || pieces[0].iov_len != MILTER_LEN_BYTES + 1)
		return false;
	memcpy(&len, head, MILTER_LEN_BYTES);
	return ntohl(len) == pieces[1].iov_len + 1 &&
	    memchr(changes, head[MILTER_LEN_BYTES], sizeof(changes)) != NULL;
}

static bool
can_hold(const struct wire *wire, const struct iovec *pieces)
{
	return wire->held_len + pieces[0].iov_len + pieces[1].iov_len <=
	    WIRE_HELD;
}

static ssize_t
hold(struct wire *wire, const struct iovec *pieces)
{
	size_t before = wire->held_len;
	int i;

	for (i = 0; i < 2; i++) {
		memcpy(wire->held + wire->held_len, pieces[i].iov_base,
		    pieces[i].iov_len);
		wire->held_len += pieces[i].iov_len;
	}
	return (ssize_t)(wire->held_len - before);
}

ssize_t
wire_writev(int fd, const struct iovec *pieces, int count)
{
	struct wire *wire = wire_of(fd);

	/* Who does not poll by wire_poll() is to wait as the system does. */
	if (wire == NULL || (!wire->may_write && wire->held_len == 0))
		return writev(fd, pieces, count);
	wire->may_write = false;
	if (is_change(pieces, count) && can_hold(wire, pieces))
		return hold(wire, pieces);
	return send_held_first(wire, fd, pieces,
	    count < PIECES_MAX ? count : PIECES_MAX);
}

static int
poll_reading(struct wire *wire, struct pollfd *file, int timeout_ms)
{
	int found;

	/* Nothing may be held while we wait; what fails fails the read too. */
	if (wire->held_len > 0)
		(void)send_held_first(wire, file->fd, NULL, 0);
	if (wire->is_ready || wire->at < wire->end) {
		file->revents = POLLIN;
		return 1;
	}
	found = poll(file, 1, timeout_ms);
	wire->is_ready = found == 1 && (file->revents & POLLIN) != 0;
	return found;
}

int
wire_poll(struct pollfd *files, nfds_t count, int timeout_ms)
{
	struct wire *wire = count == 1 ? wire_of(files->fd) : NULL;

	if (wire == NULL)
		return poll(files, count, timeout_ms);
	if (files->events != POLLOUT)
		return poll_reading(wire, files, timeout_ms);
	wire->may_write = true;
	wire->wait_ms = timeout_ms;
	files->revents = POLLOUT;
	return 1;
}

/* As many of the octets as are wanted, and here. */
static ssize_t
hand_out(struct wire *wire, void *out, size_t size)
{
	size_t len = wire->end - wire->at;

	if (len > size)
		len = size;
	memcpy(out, wire->ahead + wire->at, len);
	wire->at += len;
	return (ssize_t)len;
}

static ssize_t
read_ahead(struct wire *wire, int fd)
{
	ssize_t len = read(fd, wire->ahead, WIRE_AHEAD);

	wire->at = 0;
	wire->end = len > 0 ? (size_t)len : 0;
	return len;
}

ssize_t
wire_read(int fd, void *out, size_t size)
{
	struct wire *wire = wire_of(fd);
	bool was_ready;
	ssize_t len = 1;

	if (wire == NULL)
		return read(fd, out, size);
	was_ready = wire->is_ready;
	wire->is_ready = false;
	if (wire->at == wire->end) {
		/*
		 * The rest of a large packet goes where it belongs. And who
		 * does not poll by wire_poll() must find in the socket what
		 * is left.
		 */
		if (size >= WIRE_AHEAD || !was_ready)
			return read(fd, out, size);
		len = read_ahead(wire, fd);
	}
	return len > 0 ? hand_out(wire, out, size) : len;
}
