#include "milter/stamp/keyholder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/stamp/keydoor.h"
#include "milter/stamp/keyserver.h"
#include "milter/system/secretfile.h"

struct keyholder {
	struct keydoor door;
};

/* What a key knows of its other half. */
struct half {
	struct keyholder *holder;
	uint32_t number;
};

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
	if (!keydoor_ask(&half->holder->door, &request, -1, &answer))
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
	keydoor_tell(&half->holder->door, &request);
	free(half);
}

/* Ask, where an answer that is no good has the sentence of the fault. */
static enum status
ask_or_fault(struct keyholder *holder, struct keywire_request *request, int fd,
    struct keywire_answer *answer, struct fault *fault)
{
	if (!keydoor_ask(&holder->door, request, fd, answer))
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

static enum status
fork_holder(struct keyholder *holder, struct fault *fault)
{
	int theirs[KEYDOOR_ENDS], error;
	enum status status = keydoor_open(&holder->door, theirs, fault);

	if (status != STATUS_OK)
		return status;
	holder->door.pid = fork();
	error = errno;
	if (holder->door.pid == 0) {
		keyserver_run(theirs);
		_exit(0);
	}
	keydoor_close_theirs(theirs);
	if (holder->door.pid > 0)
		return STATUS_OK;
	keydoor_close(&holder->door);
	return fault_errno(fault, STATUS_IO, error, "cannot fork");
}

enum status
keyholder_start(struct keyholder **out, struct fault *fault)
{
	struct keyholder *holder = calloc(1, sizeof(*holder));
	enum status status;

	if (holder == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory");
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

	if (!keydoor_has_ended(&holder->door, &state))
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
	keydoor_close(&old->door);
	while (old->door.pid != 0 && waitpid(old->door.pid, &state, 0) < 0 &&
	    errno == EINTR)
		continue;
	free(old);
}
