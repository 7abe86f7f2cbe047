#define _GNU_SOURCE /* MSG_CMSG_CLOEXEC */
#include "milter/stamp/keywire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for one descriptor, aligned as the header of a control message is. */
union control {
	struct cmsghdr header;
	char octets[CMSG_SPACE(sizeof(int))];
};

static void
attach_descriptor(struct msghdr *message, union control *control, int fd)
{
	struct cmsghdr *header = &control->header;

	memset(control, 0, sizeof(*control));
	message->msg_control = control->octets;
	message->msg_controllen = sizeof(control->octets);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(int));
}

bool
keywire_send(int socket, const void *data, size_t len, int fd)
{
	struct iovec piece = {(void *)(uintptr_t)data, len};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
	union control control;
	ssize_t sent;

	if (fd >= 0)
		attach_descriptor(&message, &control, fd);
	do
		sent = sendmsg(socket, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)len;
}

static int
take_descriptor(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (header != NULL && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(header), sizeof(int));
	return fd;
}

ssize_t
keywire_receive(int socket, void *out, size_t size, int *fd)
{
	struct iovec piece = {out, size};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
	union control control;
	ssize_t got;

	if (fd != NULL) {
		message.msg_control = control.octets;
		message.msg_controllen = sizeof(control.octets);
	}
	do
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (fd != NULL)
		*fd = got > 0 ? take_descriptor(&message) : -1;
	if (got > 0 && (message.msg_flags & MSG_TRUNC) != 0) {
		errno = EMSGSIZE;
		return -1;
	}
	return got;
}

void
keywire_say(struct keywire_answer *answer, enum status status,
    const char *sentence)
{
	answer->status = status;
	answer->len = (uint32_t)strlen(sentence);
	memcpy(answer->text, sentence, answer->len);
}

size_t
keywire_request_len(const struct keywire_request *request)
{
	return offsetof(struct keywire_request, name) +
	    strlen(request->name) + 1;
}

size_t
keywire_answer_len(const struct keywire_answer *answer)
{
	return offsetof(struct keywire_answer, text) + answer->len;
}

bool
keywire_request_is_valid(const struct keywire_request *request, ssize_t len)
{
	const size_t head = offsetof(struct keywire_request, name);

	return len > (ssize_t)head && request->line < KEYWIRE_LINES &&
	    memchr(request->name, '\0', (size_t)len - head) != NULL;
}

bool
keywire_answer_is_valid(const struct keywire_answer *answer, ssize_t len)
{
	return len >= (ssize_t)offsetof(struct keywire_answer, text) &&
	    answer->len <= sizeof(answer->text) &&
	    keywire_answer_len(answer) == (size_t)len;
}
