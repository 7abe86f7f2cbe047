#include "milter/stamp/keydoor.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static void
close_all(const int ends[], size_t count)
{
	while (count > 0)
		(void)close(ends[--count]);
}

static enum status
make_pairs(int ours[KEYDOOR_ENDS], int theirs[KEYDOOR_ENDS],
    struct fault *fault)
{
	struct timeval wait = {KEYDOOR_WAIT_S, 0};
	size_t i;
	int pair[2];

	for (i = 0; i < KEYDOOR_ENDS; i++) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
			pair) != 0) {
			close_all(ours, i);
			close_all(theirs, i);
			return fault_errno(fault, STATUS_IO, errno,
			    "socketpair");
		}
		ours[i] = pair[0];
		theirs[i] = pair[1];
		(void)setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &wait,
		    sizeof(wait));
		(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &wait,
		    sizeof(wait));
	}
	return STATUS_OK;
}

enum status
keydoor_open(struct keydoor *door, int theirs[KEYDOOR_ENDS],
    struct fault *fault)
{
	int ours[KEYDOOR_ENDS];
	enum status status = make_pairs(ours, theirs, fault);

	if (status != STATUS_OK)
		return status;
	(void)pthread_mutex_init(&door->lock, NULL);
	(void)pthread_cond_init(&door->has_line, NULL);
	door->free_lines = (1u << KEYWIRE_LINES) - 1;
	door->pid = 0;
	door->requests = ours[0];
	memcpy(door->answers, ours + 1, sizeof(door->answers));
	return STATUS_OK;
}

void
keydoor_close_theirs(const int theirs[KEYDOOR_ENDS])
{
	close_all(theirs, KEYDOOR_ENDS);
}

void
keydoor_close(struct keydoor *door)
{
	(void)close(door->requests);
	close_all(door->answers, KEYWIRE_LINES);
	(void)pthread_cond_destroy(&door->has_line);
	(void)pthread_mutex_destroy(&door->lock);
}

/* A holder that is late would answer the next request: it must not live on. */
static void
end(struct keydoor *door)
{
	if (door->pid != 0)
		(void)kill(door->pid, SIGKILL);
	(void)shutdown(door->requests, SHUT_RDWR);
}

/*
 * Each thread that asks has a line of its own for the answer. So the holder
 * wakes whom it has answered and goes on with the next request, where one
 * socket with a lock would have it wait for two threads to take turns.
 */
static unsigned
take_line(struct keydoor *door)
{
	unsigned line = 0;

	(void)pthread_mutex_lock(&door->lock);
	while (door->free_lines == 0)
		(void)pthread_cond_wait(&door->has_line, &door->lock);
	while ((door->free_lines & 1u << line) == 0)
		line++;
	door->free_lines &= ~(1u << line);
	(void)pthread_mutex_unlock(&door->lock);
	return line;
}

static void
give_line(struct keydoor *door, unsigned line, bool is_good)
{
	(void)pthread_mutex_lock(&door->lock);
	door->free_lines |= 1u << line;
	if (!is_good)
		end(door);
	(void)pthread_mutex_unlock(&door->lock);
	(void)pthread_cond_signal(&door->has_line);
}

bool
keydoor_ask(struct keydoor *door, struct keywire_request *request, int fd,
    struct keywire_answer *answer)
{
	bool good;

	request->line = take_line(door);
	good = keywire_send(door->requests, request,
		   keywire_request_len(request), fd) &&
	    keywire_answer_is_valid(answer,
		keywire_receive(door->answers[request->line], answer,
		    sizeof(*answer), NULL));
	give_line(door, request->line, good);
	return good;
}

void
keydoor_tell(struct keydoor *door, struct keywire_request *request)
{
	(void)keywire_send(
	    door->requests, request, keywire_request_len(request), -1);
}

bool
keydoor_has_ended(struct keydoor *door, int *state)
{
	bool has_ended;

	/* Its number is free from then on: nobody may end another's. */
	(void)pthread_mutex_lock(&door->lock);
	has_ended = door->pid != 0 &&
	    waitpid(door->pid, state, WNOHANG) == door->pid;
	if (has_ended)
		door->pid = 0;
	(void)pthread_mutex_unlock(&door->lock);
	return has_ended;
}
