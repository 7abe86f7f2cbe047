#include "milter/stamp/keyholder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/stamp/keyserver.h"
#include "milter/stamp/keywire.h"
#include "milter/system/secretfile.h"

struct keyholder {
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t has_line;
	unsigned free_lines; /* a bit for each that nobody waits on */
	pid_t pid;	     /* 0: it has ended */
	int requests;	     /* all write to it: a message stays whole */
	int answers[KEYWIRE_LINES];
};

/* What a key knows of its other half. */
struct half {
	struct keyholder *holder;
	uint32_t number;
};

/* One that is late would answer the next request: it must not live on. */
static void
end(struct keyholder *holder)
{
	if (holder->pid != 0)
		(void)kill(holder->pid, SIGKILL);
	(void)shutdown(holder->requests, SHUT_RDWR);
}

/*
 * Each thread that asks has a line of its own for the answer. So the holder
 * wakes whom it has answered and goes on with the next request, where one
 * socket with a lock would have it wait for two threads to take turns.
 */
static unsigned
take_line(struct keyholder *holder)
{
	unsigned line = 0;

	(void)pthread_mutex_lock(&holder->lock);
	while (holder->free_lines == 0)
		(void)pthread_cond_wait(&holder->has_line, &holder->lock);
	while ((holder->free_lines & 1u << line) == 0)
		line++;
	holder->free_lines &= ~(1u << line);
	(void)pthread_mutex_unlock(&holder->lock);
	return line;
}

static void
give_line(struct keyholder *holder, unsigned line, bool is_good)
{
	(void)pthread_mutex_lock(&holder->lock);
	holder->free_lines |= 1u << line;
	if (!is_good)
		end(holder);
	(void)pthread_mutex_unlock(&holder->lock);
	(void)pthread_cond_signal(&holder->has_line);
}

/* Ask, and wait for the answer. Returns false when the holder is gone. */
static bool
ask(struct keyholder *holder, struct keywire_request *request, int fd,
    struct keywire_answer *answer)
{
	bool good;

	request->line = take_line(holder);
	good = keywire_send(holder->requests, request,
		   keywire_request_len(request), fd) &&
	    keywire_answer_is_valid(answer,
		keywire_receive(holder->answers[request->line], answer,
		    sizeof(*answer), NULL));
	give_line(holder, request->line, good);
	return good;
}

/* A name is bounded by the length of a path; what is longer is cut. */
static void
compose(struct keywire_request *request, enum keywire_kind kind,
    uint32_t number, const char *name)
{
	size_t len = strnlen(name, sizeof(request->name) - 1);

	request->kind = kind;
	request->number = number;
	request->line = 0;
	memset(request->digest, 0, DIGEST_LEN);
	memcpy(request->name, name, len);
	request->name[len] = '\0';
}

static enum status
half_sign(void *context, const unsigned char digest[DIGEST_LEN],
    unsigned char signature[STAMP_SIGNATURE_MAX], size_t *len)
{
	const struct half *half = context;
	struct keywire_request request;
	struct keywire_answer answer;

	compose(&request, KEYWIRE_SIGN, half->number, "");
	memcpy(request.digest, digest, DIGEST_LEN);
	if (!ask(half->holder, &request, -1, &answer))
		return STATUS_IO;
	if (answer.status != STATUS_OK || answer.len > STAMP_SIGNATURE_MAX)
		return STATUS_CRYPTO;
	memcpy(signature, answer.text, answer.len);
	*len = answer.len;
	return STATUS_OK;
}

static void
half_release(void *context)
{
	struct half *half = context;
	struct keywire_request request;

	compose(&request, KEYWIRE_DROP, half->number, "");
	/* What fails here fails for those who sign too, and they tell. */
	(void)keywire_send(half->holder->requests, &request,
	    keywire_request_len(&request), -1);
	free(half);
}

/* ask, where an answer that is no good has the sentence of the fault. */
static enum status
ask_or_fault(struct keyholder *holder, struct keywire_request *request, int fd,
    struct keywire_answer *answer, struct fault *fault)
{
	if (!ask(holder, request, fd, answer))
		return fault_set(fault, STATUS_IO,
		    "the process that holds the key does not answer");
	if (answer->status == STATUS_OK)
		return STATUS_OK;
	return fault_set(fault, answer->status, "%.*s", (int)answer->len,
	    answer->text);
}

/* A key of the holder's, as its answer describes it. */
static enum status
make_key(struct keyholder *holder, const struct keywire_answer *answer,
    struct stamp_key **out, struct fault *fault)
{
	struct stamp_signer signer = {half_sign, half_release, NULL};
	struct half *half = calloc(1, sizeof(*half));
	enum status status;

	if (half == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory for a key");
	half->holder = holder;
	half->number = answer->number;
	signer.context = half;
	status = stamp_key_elsewhere(slice_make(answer->text, answer->len),
	    &signer, out, fault);
	if (status != STATUS_OK) {
		half_release(half);
		return status;
	}
	status = stamp_key_selftest(*out, fault);
	if (status != STATUS_OK)
		stamp_key_free(out);
	return status;
}

enum status
keyholder_read_key(struct keyholder *holder, const char *file,
    struct stamp_key **out, struct fault *fault)
{
	struct keywire_request request;
	struct keywire_answer answer;
	int fd;
	enum status status = secret_open(file, &fd, fault);

	if (status != STATUS_OK)
		return status;
	compose(&request, KEYWIRE_LOAD, 0, file);
	status = ask_or_fault(holder, &request, fd, &answer, fault);
	(void)close(fd);
	if (status == STATUS_OK)
		status = make_key(holder, &answer, out, fault);
	return status;
}

enum status
keyholder_confine(struct keyholder *holder, const char *user, struct log *log,
    struct fault *fault)
{
	struct keywire_request request;
	struct keywire_answer answer;
	enum status status;

	compose(&request, KEYWIRE_CONFINE, 0, user);
	status = ask_or_fault(holder, &request, -1, &answer, fault);
	if (status == STATUS_OK && answer.len > 0)
		log_line(log, LOG_LEVEL_WARNING, "%.*s", (int)answer.len,
		    answer.text);
	return status;
}

/* One pair for requests, and one for each line of answers. */
enum { PAIRS = 1 + KEYWIRE_LINES };

static void
close_all(const int ends[], size_t count)
{
	while (count > 0)
		(void)close(ends[--count]);
}

static enum status
make_pairs(int ours[PAIRS], int theirs[PAIRS], struct fault *fault)
{
	struct timeval wait = {KEYHOLDER_WAIT_S, 0};
	size_t i;
	int pair[2];

	for (i = 0; i < PAIRS; i++) {
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

static enum status
fork_holder(struct keyholder *holder, struct fault *fault)
{
	int ours[PAIRS], theirs[PAIRS], error;
	enum status status = make_pairs(ours, theirs, fault);

	if (status != STATUS_OK)
		return status;
	holder->pid = fork();
	error = errno;
	if (holder->pid == 0) {
		keyserver_run(theirs);
		_exit(0);
	}
	close_all(theirs, PAIRS);
	holder->requests = ours[0];
	memcpy(holder->answers, ours + 1, sizeof(holder->answers));
	holder->free_lines = (1u << KEYWIRE_LINES) - 1;
	if (holder->pid > 0)
		return STATUS_OK;
	close_all(ours, PAIRS);
	return fault_errno(fault, STATUS_IO, error, "cannot fork");
}

enum status
keyholder_start(struct keyholder **out, struct fault *fault)
{
	struct keyholder *holder = calloc(1, sizeof(*holder));
	enum status status;

	if (holder == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory");
	(void)pthread_mutex_init(&holder->lock, NULL);
	(void)pthread_cond_init(&holder->has_line, NULL);
	status = fork_holder(holder, fault);
	if (status == STATUS_OK)
		*out = holder;
	else
		free(holder);
	return status;
}

bool
keyholder_has_ended(struct keyholder *holder, struct fault *fault)
{
	int state = 0;
	bool has_ended;

	/* Its number is free from then on: nobody may end another's. */
	(void)pthread_mutex_lock(&holder->lock);
	has_ended = holder->pid != 0 &&
	    waitpid(holder->pid, &state, WNOHANG) == holder->pid;
	if (has_ended)
		holder->pid = 0;
	(void)pthread_mutex_unlock(&holder->lock);
	if (!has_ended)
		return false;
	if (WIFSIGNALED(state))
		(void)fault_set(fault, STATUS_IO, "the process that holds the "
		    "key was ended by signal %d", WTERMSIG(state));
	else
		(void)fault_set(fault, STATUS_IO, "the process that holds the "
		    "key has ended with exit code %d", WEXITSTATUS(state));
	return true;
}

void
keyholder_stop(struct keyholder **holder)
{
	struct keyholder *old = *holder;
	int state;

	if (old == NULL)
		return;
	*holder = NULL;
	(void)close(old->requests);
	close_all(old->answers, KEYWIRE_LINES);
	while (old->pid != 0 && waitpid(old->pid, &state, 0) < 0 &&
	    errno == EINTR)
		continue;
	(void)pthread_cond_destroy(&old->has_line);
	(void)pthread_mutex_destroy(&old->lock);
	free(old);
}
