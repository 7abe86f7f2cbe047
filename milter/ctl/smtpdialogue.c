#include "milter/ctl/smtpdialogue.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "milter/system/clock.h"
#include "policy/base/buf.h"

static enum smtp_end
end_of_errno(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return SMTP_REFUSED;
	case ETIMEDOUT:
		return SMTP_TIMEOUT;
	default:
		return SMTP_UNREACHABLE;
	}
}

/* Each address gets its share of what is left of the time. */
static enum smtp_end
connect_to(struct smtp_peer *peer, const struct addrinfo *at)
{
	int64_t now = clock_monotonic_us();
	int64_t until = now + (peer->deadline_us - now) / 2;
	socklen_t size = sizeof(int);
	int error = 0;

	peer->fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (peer->fd < 0)
		return SMTP_UNREACHABLE;
	(void)fcntl(peer->fd, F_SETFL, O_NONBLOCK);
	if (connect(peer->fd, at->ai_addr, at->ai_addrlen) != 0) {
		error = errno;
		if (error == EINPROGRESS &&
		    !wait_for_socket(peer->fd, true, until))
			error = ETIMEDOUT;
		else if (error == EINPROGRESS)
			(void)getsockopt(peer->fd, SOL_SOCKET, SO_ERROR,
			    &error, &size);
	}
	if (error == 0)
		return SMTP_GOOD;
	(void)close(peer->fd);
	peer->fd = -1;
	return end_of_errno(error);
}

enum smtp_end
smtp_connect(struct smtp_peer *peer, const char *host, const char *port,
    char *address, size_t size)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV};
	struct addrinfo *found, *at;
	enum smtp_end end = SMTP_NO_ADDRESS;

	peer->fd = -1;
	peer->tls = NULL;
	peer->start = peer->end = 0;
	if (getaddrinfo(host, port, &hints, &found) != 0)
		return SMTP_NO_ADDRESS;
	for (at = found; at != NULL && peer->fd < 0; at = at->ai_next) {
		end = connect_to(peer, at);
		if (getnameinfo(at->ai_addr, at->ai_addrlen, address,
			(socklen_t)size, NULL, 0, NI_NUMERICHOST) != 0)
			address[0] = '\0';
	}
	freeaddrinfo(found);
	return end;
}

void
smtp_close(struct smtp_peer *peer)
{
	tls_session_free(&peer->tls);
	if (peer->fd >= 0)
		(void)close(peer->fd);
	peer->fd = -1;
}

static ssize_t
read_some(struct smtp_peer *peer, char *data, size_t len)
{
	if (peer->tls != NULL)
		return tls_session_read(peer->tls, data, len,
		    peer->deadline_us);
	if (!wait_for_socket(peer->fd, false, peer->deadline_us))
		return -1;
	return recv(peer->fd, data, len, 0);
}

/* A command is shorter than any socket's buffer: one piece, or none. */
static bool
write_all(struct smtp_peer *peer, const char *data, size_t len)
{
	if (peer->tls != NULL)
		return tls_session_write(peer->tls, data, len,
		    peer->deadline_us);
	return wait_for_socket(peer->fd, true, peer->deadline_us) &&
	    send(peer->fd, data, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static enum smtp_end
fill(struct smtp_peer *peer)
{
	ssize_t got;

	memmove(peer->data, peer->data + peer->start,
	    peer->end - peer->start);
	peer->end -= peer->start;
	peer->start = 0;
	if (peer->end == sizeof(peer->data))
		return SMTP_GARBAGE;
	got = read_some(peer, peer->data + peer->end,
	    sizeof(peer->data) - peer->end);
	if (got > 0) {
		peer->end += (size_t)got;
		return SMTP_GOOD;
	}
	return clock_monotonic_us() >= peer->deadline_us ? SMTP_TIMEOUT
							  : SMTP_CLOSED;
}

static enum smtp_end
next_line(struct smtp_peer *peer, struct slice *line)
{
	enum smtp_end end;
	struct slice rest;

	for (;;) {
		rest = slice_make(peer->data + peer->start,
		    peer->end - peer->start);
		*line = slice_cut(&rest, '\n');
		if (rest.at != NULL) {
			peer->start = peer->end - rest.len;
			*line = slice_trim(*line);
			return SMTP_GOOD;
		}
		end = fill(peer);
		if (end != SMTP_GOOD)
			return end;
	}
}

static void
keep_text(struct slice text, struct smtp_reply *reply)
{
	size_t i;

	for (i = 0; i < text.len && i < sizeof(reply->text) - 1; i++)
		reply->text[i] =
		    text.at[i] >= ' ' && text.at[i] <= '~' ? text.at[i] : '?';
	reply->text[i] = '\0';
}

/*
 * Reply-line  = *( Reply-code "-" [ textstring ] CRLF )
 *               Reply-code [ SP textstring ] CRLF	(RFC 5321, 4.2)
 */
int
smtp_read_line(struct slice line, struct smtp_reply *reply)
{
	unsigned long code;
	struct slice keyword;
	bool more;

	if (line.len < 3 || !slice_number(slice_make(line.at, 3), 599, &code) ||
	    code < 200 || (reply->code != 0 && reply->code != code))
		return -1;
	more = line.len > 3 && line.at[3] == '-';
	if (line.len > 3 && !more && line.at[3] != ' ')
		return -1;
	reply->code = (unsigned)code;
	keep_text(line, reply);
	if (line.len < 5)
		return more;
	line = slice_make(line.at + 4, line.len - 4);
	keyword = slice_cut(&line, ' ');
	if (slice_is_nocase(keyword, "STARTTLS"))
		reply->starttls = true;
	else if (slice_is_nocase(keyword, "REQUIRETLS"))
		reply->requiretls = true;
	return more;
}

enum smtp_end
smtp_ask(struct smtp_peer *peer, const char *command,
    struct smtp_reply *reply)
{
	char text[SMTP_LINE];
	struct buf out;
	enum smtp_end end;
	struct slice line;
	int more = 1, lines = 0;

	memset(reply, 0, sizeof(*reply));
	if (command != NULL) {
		buf_init_fixed(&out, text, sizeof(text));
		buf_printf(&out, "%s\r\n", command);
		if (!write_all(peer, buf_text(&out), out.len))
			return SMTP_CLOSED;
	}
	while (more > 0) {
		end = next_line(peer, &line);
		if (end != SMTP_GOOD)
			return end;
		more = lines++ < SMTP_LINES ? smtp_read_line(line, reply) : -1;
	}
	if (more < 0)
		keep_text(line, reply);
	return more < 0 ? SMTP_GARBAGE : SMTP_GOOD;
}

bool
smtp_has_more(const struct smtp_peer *peer)
{
	return peer->start < peer->end;
}
