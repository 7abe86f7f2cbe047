#include "tests/fuzz/protocol/talk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/link.h"

enum { READ_SIZE = 64 * 1024, SMALL_PIECE = 7, ALL = 1 << 30 };

const struct talk_style talk_attentive = {ALL, true, false};

struct talk {
	int fd;
	struct slice left;
	struct talk_style style;
	struct buf *out;
	bool ended; /* the server closed, or an error did */
};

struct talk_style
talk_style_of(struct dice *dice)
{
	struct talk_style style = {ALL, true, false};

	if (dice_one_in(dice, 6))
		style.half_close = false;
	if (dice_one_in(dice, 12))
		style.deaf = true;
	if (dice_one_in(dice, 10))
		style.piece = dice_one_in(dice, 8) ? 1 :
		    SMALL_PIECE + dice_below(dice, 2000);
	return style;
}

static void
say(struct talk *talk)
{
	size_t len = talk->left.len < talk->style.piece ? talk->left.len
							: talk->style.piece;
	ssize_t n = send(talk->fd, talk->left.at, len, MSG_NOSIGNAL);

	if (n < 0) {
		talk->ended = errno != EAGAIN && errno != EINTR;
		return;
	}
	talk->left = slice_make(talk->left.at + n, talk->left.len - (size_t)n);
	if (talk->left.len == 0 && talk->style.half_close)
		(void)shutdown(talk->fd, SHUT_WR);
}

static void
listen_to(struct talk *talk)
{
	char answer[READ_SIZE];
	ssize_t n = recv(talk->fd, answer, sizeof(answer), 0);

	if (n > 0)
		buf_put(talk->out, answer, (size_t)n);
	else
		talk->ended = n == 0 || (errno != EAGAIN && errno != EINTR);
}

/* One wait; returns false when nothing came of it. */
static bool
go_on(struct talk *talk)
{
	struct pollfd one = {.fd = talk->fd};

	if (talk->left.len > 0)
		one.events |= POLLOUT;
	if (!talk->style.deaf)
		one.events |= POLLIN;
	if (poll(&one, 1, TALK_PATIENCE_MS) == 0)
		return false;
	if ((one.revents & POLLIN) != 0)
		listen_to(talk);
	else if ((one.revents & POLLOUT) != 0 && talk->left.len > 0)
		say(talk);
	else if ((one.revents & (POLLHUP | POLLERR)) != 0)
		talk->ended = true;
	return true;
}

bool
talk(const char *target, struct slice octets, struct talk_style style,
    struct buf *out)
{
	struct talk talk = {.fd = link_dial(target), .left = octets,
	    .style = style, .out = out};
	bool waits = style.half_close && !style.deaf, moves = true;

	if (fcntl(talk.fd, F_SETFL, O_NONBLOCK) != 0)
		link_die("fcntl");
	if (octets.len == 0 && style.half_close)
		(void)shutdown(talk.fd, SHUT_WR);
	while (moves && !talk.ended && (talk.left.len > 0 || waits))
		moves = go_on(&talk);
	(void)close(talk.fd);
	/* Who never reads may be kept waiting: the server waits for him. */
	return moves || style.deaf;
}
