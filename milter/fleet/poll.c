#include "milter/fleet/poll.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "milter/config/fleetpolicy.h"
#include "milter/config/fleetsnapshot.h"
#include "milter/fleet/editions.h"
#include "milter/system/clock.h"
#include "milter/system/privileges.h"
#include "milter/system/random.h"
#include "milter/system/textfile.h"

/* A version that was refused is not fetched again at once. */
enum { REFUSED_MS = 30 * 1000 };

struct poll {
	const struct config *config;
	struct log *log;
	struct centre *centre; /* NULL: there is no connection */
	uint64_t held;	       /* version of the snapshot; 0: none */
	uint64_t refused;      /* version that was no good; 0: none */
	int64_t refused_ms;
	char said[FAULT_MAX]; /* the last complaint: each is logged once */
};

bool
poll_is_wanted(const struct config *config)
{
	return config->policy_source != NULL;
}

static void
complain(struct poll *poll, const char *sentence)
{
	if (strcmp(poll->said, sentence) == 0)
		return;
	log_line(poll->log, LOG_LEVEL_ERROR, "policy: %s", sentence);
	memcpy(poll->said, sentence, strlen(sentence) + 1);
}

static void
report_line(void *context, const char *sentence)
{
	log_line(context, LOG_LEVEL_ERROR, "policy: %s", sentence);
}

/* Is it signed, whole, the version that was asked for, and right? */
static enum status
check(struct poll *poll, uint64_t version, struct slice note,
    struct slice text, struct fault *fault)
{
	struct edition edition;
	enum status status = edition_open(note, &poll->config->policy_keys,
	    &edition, fault);

	if (status == STATUS_OK && edition.version != version)
		status = fault_set(fault, STATUS_CRYPTO, "what the centre has "
		    "as version %" PRIu64 " was signed as version %" PRIu64,
		    version, edition.version);
	if (status == STATUS_OK)
		status = edition_match(&edition, text, fault);
	if (status == STATUS_OK &&
	    fleetpolicy_check(text, "policy of the fleet", report_line,
		poll->log) != STATUS_OK)
		status = fault_set(fault, STATUS_SYNTAX, "this hopseal finds "
		    "errors in version %" PRIu64 "; is it older than the one "
		    "that pushed it?", version);
	return status;
}

static enum status
keep(const struct poll *poll, struct slice note, struct slice text,
    struct fault *fault)
{
	struct buf file;
	enum status status;

	buf_init(&file, EDITION_FILE_MAX);
	edition_put_snapshot(&file, note, text);
	status = buf_status(&file);
	if (status == STATUS_OK)
		status = textfile_replace(poll->config->policy_snapshot,
		    buf_slice(&file), NULL, fault);
	else
		(void)fault_set(fault, status, "no memory for the policy");
	buf_clear(&file);
	return status;
}

static enum status
take(struct poll *poll, uint64_t version, struct fault *fault)
{
	struct buf note, text;
	enum status status;
	bool is_refused = false;

	buf_init(&note, EDITION_NOTE_MAX);
	buf_init(&text, EDITION_TEXT_MAX);
	status = editions_fetch(poll->centre, version, &note, &text, fault);
	if (status == STATUS_OK) {
		status = check(poll, version, buf_slice(&note),
		    buf_slice(&text), fault);
		is_refused = status != STATUS_OK;
	}
	if (status == STATUS_OK)
		status = keep(poll, buf_slice(&note), buf_slice(&text),
		    fault);
	buf_clear(&text);
	buf_clear(&note);
	if (status == STATUS_OK)
		poll->held = version;
	if (is_refused) {
		poll->refused = version;
		poll->refused_ms = clock_wall_ms();
	}
	return status;
}

/* Fails: EXISTS: what it has is older. */
static enum status
look(struct poll *poll, uint64_t *latest, struct fault *fault)
{
	enum status status = STATUS_OK;

	if (poll->centre == NULL)
		status = centre_open(poll->config->policy_source,
		    "hopseal policy", &poll->centre, fault);
	if (status == STATUS_OK)
		status = editions_latest(poll->centre, latest, fault);
	if (status == STATUS_OK && *latest < poll->held)
		status = fault_set(fault, STATUS_EXISTS, "the centre has "
		    "version %" PRIu64 ", this host has version %" PRIu64
		    " and keeps it; was the database restored from a backup? "
		    "then push the policy again until its version is higher",
		    *latest, poll->held);
	if (status == STATUS_OK && *latest > poll->held &&
	    (*latest != poll->refused ||
		clock_wall_ms() - poll->refused_ms > REFUSED_MS))
		status = take(poll, *latest, fault);
	return status;
}

/* Only what says that the connection is still of use leaves it open. */
static void
drop_connection(struct poll *poll, enum status status)
{
	if (status != STATUS_OK && status != STATUS_EXISTS &&
	    status != STATUS_CRYPTO)
		centre_close(&poll->centre);
}

static void
post(const struct poll *poll, struct board_policy *board, enum status status,
    uint64_t latest)
{
	atomic_store(&board->connected, poll->centre != NULL);
	atomic_fetch_add(&board->polls, 1);
	if (status == STATUS_OK && latest == poll->held) {
		atomic_store(&board->version, latest);
		atomic_store(&board->success, clock_wall_ms());
	} else {
		atomic_fetch_add(&board->faults, 1);
	}
}

static void
poll_once(struct poll *poll, const struct job_env *env)
{
	struct fault fault = {STATUS_OK, ""};
	uint64_t before = poll->held, latest = 0;
	enum status status = look(poll, &latest, &fault);

	drop_connection(poll, status);
	post(poll, &env->board->policy, status, latest);
	if (status != STATUS_OK) {
		complain(poll, fault.text);
		return;
	}
	if (latest == poll->held)
		poll->said[0] = '\0';
	if (poll->held == before)
		return;
	log_line(poll->log, LOG_LEVEL_INFO, "policy: fetched version=%" PRIu64,
	    poll->held);
	(void)kill(env->daemon, SIGUSR1);
}

/* Hosts that were started together do not ask together. */
static void
rest(unsigned poll_s)
{
	uint64_t ms = (uint64_t)poll_s * 1000;
	unsigned char octet = 0;
	struct timespec pause;

	if (random_fill(&octet, sizeof(octet)) == STATUS_OK)
		ms -= ms * octet / 2560;
	pause.tv_sec = (time_t)(ms / 1000);
	pause.tv_nsec = (long)(ms % 1000) * 1000000;
	(void)nanosleep(&pause, NULL);
}

static uint64_t
held_version(const struct config *config)
{
	struct edition edition = {.version = 0};
	struct slice text;
	struct buf file;
	bool is_good;

	buf_init(&file, EDITION_FILE_MAX);
	is_good = fleetsnapshot_read(config, &file, &edition, &text, NULL) ==
	    STATUS_OK;
	buf_clear(&file);
	return is_good ? edition.version : 0;
}

void
poll_run(const struct job_env *env)
{
	struct poll poll = {.config = env->config, .log = env->log,
	    .held = held_version(env->config)};

	for (;;) {
		poll_once(&poll, env);
		rest(env->config->policy_poll_s);
	}
}

/* In the process of its own: 0 when there is a snapshot now. */
static int
fetch_first(const struct config *config, struct log *log)
{
	struct poll poll = {.config = config, .log = log};
	struct fault fault = {STATUS_OK, ""};
	uint64_t latest = 0;
	enum status status = privileges_become(config->user, &fault);

	if (status == STATUS_OK)
		status = look(&poll, &latest, &fault);
	if (status == STATUS_OK && latest == 0)
		status = fault_set(&fault, STATUS_NOTFOUND, "no policy was "
		    "pushed to policy-source yet; push one with: hopseal "
		    "policy push FILE");
	if (status != STATUS_OK)
		log_line(log, LOG_LEVEL_ERROR, "policy: %s", fault.text);
	return status == STATUS_OK ? 0 : 1;
}

enum status
poll_first(const struct config *config, struct log *log, struct fault *fault)
{
	int state = 0;
	pid_t pid = fork();

	if (pid < 0)
		return fault_errno(fault, STATUS_IO, errno, "cannot fork");
	if (pid == 0)
		_exit(fetch_first(config, log));
	while (waitpid(pid, &state, 0) < 0 && errno == EINTR)
		continue;
	if (state == 0)
		return STATUS_OK;
	return fault_set(fault, STATUS_BUSY, "%s is not there, and "
	    "policy-source gives no policy; hopseald does not start without "
	    "the policy that it is told to enforce",
	    config->policy_snapshot);
}
