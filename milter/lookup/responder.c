#include "milter/lookup/responder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "milter/lookup/lookupclient.h"
#include "milter/system/clock.h"
#include "milter/system/descriptors.h"
#include "milter/system/episode.h"

/* The first places of the poll set; clients follow in their order. */
enum { POLL_STOP, POLL_LISTENER, POLL_CLIENTS };

struct responder {
	struct snapshot_slot *snapshots;
	struct log *log;
	struct counters *counters;
	pthread_t thread;
	int listener;
	int stop[2]; /* closing stop[1] ends the thread */
	struct lookupclient *clients;
	struct pollfd *polls; /* POLL_CLIENTS more than clients */
	size_t count, room;
	struct episode full;
};

/* Room for one more client. */
static bool
responder_reserve(struct responder *responder)
{
	size_t room = responder->room == 0 ? 16 : responder->room * 2;
	void *moved;

	if (responder->count < responder->room)
		return true;
	moved = realloc(responder->clients,
	    room * sizeof(*responder->clients));
	if (moved == NULL)
		return false;
	responder->clients = moved;
	moved = realloc(responder->polls,
	    (room + POLL_CLIENTS) * sizeof(*responder->polls));
	if (moved == NULL)
		return false;
	responder->polls = moved;
	responder->room = room;
	return true;
}

static void
responder_drop(struct responder *responder, size_t i)
{
	lookupclient_clear(&responder->clients[i]);
	responder->clients[i] = responder->clients[--responder->count];
}

static void
drop_longest_idle(struct responder *responder)
{
	size_t longest = 0, i;

	for (i = 1; i < responder->count; i++)
		if (responder->clients[i].asked_us <
		    responder->clients[longest].asked_us)
			longest = i;
	responder_drop(responder, longest);
}

/* Said once while it lasts. */
static void
log_full(struct responder *responder)
{
	if (episode_level(&responder->full, clock_monotonic_us()) ==
	    LOG_LEVEL_ERROR)
		log_line(responder->log, LOG_LEVEL_WARNING,
		    "nexthop: no room for another connection, so the one "
		    "idle longest is closed, connections=%zu",
		    responder->count);
}

/* The last descriptors are for mail. */
static void
make_room(struct responder *responder)
{
	bool has_room = responder->count < RESPONDER_CLIENTS &&
	    responder_reserve(responder) && !descriptors_are_short();

	if (has_room || responder->count == 0)
		return;
	log_full(responder);
	drop_longest_idle(responder);
}

static void
responder_accept(struct responder *responder)
{
	struct timespec pause = {0, 10 * 1000 * 1000};
	int fd;

	make_room(responder);
	fd = accept(responder->listener, NULL, NULL);
	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE)
			(void)nanosleep(&pause, NULL);
		return;
	}
	if (responder->count == responder->room || /* no memory, no client */
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
		(void)close(fd);
		return;
	}
	lookupclient_init(&responder->clients[responder->count++], fd);
}

static void
fill_polls(struct responder *responder)
{
	size_t i;

	memset(responder->polls, 0,
	    (responder->count + POLL_CLIENTS) * sizeof(*responder->polls));
	responder->polls[POLL_STOP].fd = responder->stop[0];
	responder->polls[POLL_STOP].events = POLLIN;
	responder->polls[POLL_LISTENER].fd = responder->listener;
	responder->polls[POLL_LISTENER].events = POLLIN;
	for (i = 0; i < responder->count; i++) {
		struct pollfd *at = &responder->polls[POLL_CLIENTS + i];

		at->fd = responder->clients[i].fd;
		at->events = lookupclient_events(&responder->clients[i]);
	}
}

/* From the last to the first: a dropped one is replaced by the last. */
static void
serve_clients(struct responder *responder)
{
	struct snapshot *snapshot =
	    snapshot_slot_acquire(responder->snapshots);
	const struct lookup lookup = {
	    .table = snapshot_config(snapshot)->table,
	    .counters = responder->counters,
	};
	size_t i;

	for (i = responder->count; i > 0; i--) {
		short got = responder->polls[POLL_CLIENTS + i - 1].revents;

		if (got != 0 &&
		    !lookupclient_serve(&responder->clients[i - 1],
			&lookup))
			responder_drop(responder, i - 1);
	}
	snapshot_release(&snapshot);
}

static void *
responder_run(void *context)
{
	struct responder *responder = context;
	size_t count;

	for (;;) {
		fill_polls(responder);
		count = responder->count + POLL_CLIENTS;
		if (poll(responder->polls, count, -1) < 0)
			continue;
		if (responder->polls[POLL_STOP].revents != 0)
			return NULL;
		serve_clients(responder);
		if (responder->polls[POLL_LISTENER].revents != 0)
			responder_accept(responder);
	}
}

static void
responder_free(struct responder *responder)
{
	while (responder->count > 0)
		responder_drop(responder, responder->count - 1);
	if (responder->stop[0] >= 0)
		(void)close(responder->stop[0]);
	if (responder->stop[1] >= 0)
		(void)close(responder->stop[1]);
	(void)close(responder->listener);
	free(responder->clients);
	free(responder->polls);
	free(responder);
}

enum status
responder_start(int listener, const struct responder_env *env,
    struct responder **out, struct fault *fault)
{
	struct responder *responder = calloc(1, sizeof(*responder));
	int error = 0;

	if (responder == NULL) {
		(void)close(listener);
		return fault_set(fault, STATUS_NOMEM, "no memory");
	}
	responder->snapshots = env->snapshots;
	responder->log = env->log;
	responder->counters = env->counters;
	responder->listener = listener;
	responder->stop[0] = responder->stop[1] = -1;
	if (!responder_reserve(responder))
		error = ENOMEM;
	else if (pipe(responder->stop) != 0)
		error = errno;
	else
		error = pthread_create(&responder->thread, NULL,
		    responder_run, responder);
	if (error != 0) {
		responder_free(responder);
		return fault_errno(fault, STATUS_IO, error,
		    "cannot start the next-hop responder");
	}
	*out = responder;
	return STATUS_OK;
}

void
responder_stop(struct responder **responder)
{
	if (*responder == NULL)
		return;
	(void)close((*responder)->stop[1]);
	(*responder)->stop[1] = -1;
	(void)pthread_join((*responder)->thread, NULL);
	responder_free(*responder);
	*responder = NULL;
}
