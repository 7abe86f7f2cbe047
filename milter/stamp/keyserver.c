#define _GNU_SOURCE /* close_range */
#include "milter/stamp/keyserver.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "milter/stamp/key.h"
#include "milter/stamp/keyheap.h"
#include "milter/stamp/keyshelf.h"
#include "milter/system/confine.h"
#include "milter/system/privileges.h"

enum {
	/* The only descriptors beside 0 to 2. */
	SOCKET = 3,
	ANSWERS,
	OTHERS = ANSWERS + KEYWIRE_LINES,
	/* Octets for the secret halves: RSA of 8192 bits takes 8192. */
	SECURE_SIZE = 2 * 1024 * 1024,
	SECURE_LEAST = 32
};

struct keyserver {
	bool has_locked_keys; /* their memory */
	struct keyshelf *shelf;
};

/* OpenSSL reads files when it is used first; later it must not. */
static enum status
warm_up(struct fault *fault)
{
	struct stamp_key *key = NULL;
	enum status status = stamp_key_generate(STAMP_ED25519, 0, &key, fault);

	if (status == STATUS_OK)
		status = stamp_key_selftest(key, fault);
	stamp_key_free(&key);
	return status;
}

/* The name service may have opened some. */
static void
close_others(void)
{
	(void)close_range(OTHERS, ~0u, 0);
}

/*
 * Becoming another user takes the death signal away, and lets the kernel
 * decide anew who may look into this process.
 */
static void
settle(void)
{
	privileges_harden();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	close_others();
}

/* What cannot be had is told, as the sentence of an answer that is good. */
static void
confine_for_good(const struct keyserver *server, const char *user,
    struct keywire_answer *answer)
{
	struct fault fault = {STATUS_OK, ""};
	enum status status = warm_up(&fault);
	bool is_locked;

	if (status == STATUS_OK)
		status = privileges_become(user, &fault);
	if (status != STATUS_OK) {
		keywire_say(answer, status, fault.text);
		return;
	}
	settle();
	is_locked = privileges_lock_memory() || server->has_locked_keys;
	if (!confine_to_computing())
		keywire_say(answer, STATUS_OK, "the kernel takes no seccomp "
		    "filter: the process that holds the key runs without one");
	else if (!is_locked)
		keywire_say(answer, STATUS_OK, "the memory of the process that "
		    "holds the key cannot be locked, and may be written to the "
		    "swap space; allow it with: LimitMEMLOCK=64M in the unit, "
		    "or ulimit -l 65536");
}

/* Returns false when no answer is due. */
static bool
serve(struct keyserver *server, const struct keywire_request *request, int fd,
    struct keywire_answer *answer)
{
	if (request->kind != KEYWIRE_CONFINE)
		return keyshelf_serve(server->shelf, request, fd, answer);
	confine_for_good(server, request->name, answer);
	return true;
}

/*
 * Signals that end the daemon reach all of its process group: it has mail to
 * sign until it has closed the socket.
 */
static void
ignore_signals(void)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT,
	    SIGUSR1, SIGUSR2};
	size_t i;

	for (i = 0; i < LENGTH(signals); i++)
		(void)signal(signals[i], SIG_IGN);
}

/*
 * They were made in rising order, each behind one that stays with the
 * daemon: so none lands on one that is still to be moved.
 */
static bool
keep_only(const int sockets[1 + KEYWIRE_LINES])
{
	int null, fd;

	for (fd = 0; fd <= KEYWIRE_LINES; fd++)
		if (dup2(sockets[fd], SOCKET + fd) != SOCKET + fd)
			return false;
	null = open("/dev/null", O_RDWR);
	if (null < 0)
		return false;
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) != fd)
			return false;
	close_others();
	return true;
}

void
keyserver_run(const int sockets[1 + KEYWIRE_LINES])
{
	struct keyserver server = {.shelf = NULL};
	struct keywire_request request;
	struct keywire_answer answer;
	ssize_t got;
	int fd;

	ignore_signals();
	(void)prctl(PR_SET_NAME, "hopseald-key", 0, 0, 0);
	if (!keep_only(sockets) || keyshelf_new(&server.shelf) != STATUS_OK)
		return;
	settle();
	/* Too late only where a test program has used OpenSSL before. */
	(void)keyheap_wipe_freed();
	/* Secret halves go there: guarded, locked, not in dumps. */
	server.has_locked_keys =
	    CRYPTO_secure_malloc_init(SECURE_SIZE, SECURE_LEAST) == 1;
	while ((got = keywire_receive(SOCKET, &request, sizeof(request),
		    &fd)) > 0) {
		bool is_due;

		memset(&answer, 0, offsetof(struct keywire_answer, text));
		is_due = keywire_request_is_valid(&request, got) &&
		    serve(&server, &request, fd, &answer);
		if (fd >= 0)
			(void)close(fd);
		if (is_due && !keywire_send(ANSWERS + (int)request.line,
				  &answer, keywire_answer_len(&answer), -1))
			break;
	}
	keyshelf_free(&server.shelf);
}
