#include "milter/metrics/exporter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "milter/metrics/promfile.h"
#include "milter/system/clock.h"
#include "milter/system/descriptors.h"

/* The first places of the poll set; clients follow in their order. */
enum { POLL_STOP, POLL_LISTENER, POLL_CLIENTS };

struct exporter {
	struct exporter_options options;
	struct promfile file;
	int64_t renew_us; /* when the file is due */
	pthread_t thread;
	int stop[2]; /* closing stop[1] ends the thread */
	struct scrape clients[EXPORTER_CLIENTS]; /* who came first is first */
	size_t count;
};

static void
drop(struct exporter *exporter, size_t i)
{
	struct scrape *at = &exporter->clients[i];

	scrape_clear(at);
	exporter->count--;
	memmove(at, at + 1, (exporter->count - i) * sizeof(*at));
}

static void
drop_late(struct exporter *exporter, int64_t now_us)
{
	while (exporter->count > 0 && exporter->clients[0].until_us <= now_us)
		drop(exporter, 0);
}

/* The last descriptors are for mail. */
static void
make_room(struct exporter *exporter)
{
	if (exporter->count == EXPORTER_CLIENTS ||
	    (exporter->count > 0 && descriptors_are_short()))
		drop(exporter, 0);
}

static void
admit(struct exporter *exporter)
{
	struct timespec pause = {0, 10 * 1000 * 1000};
	int fd;

	make_room(exporter);
	fd = accept(exporter->options.listener, NULL, NULL);
	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE)
			(void)nanosleep(&pause, NULL);
		return;
	}
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
		(void)close(fd);
		return;
	}
	scrape_init(&exporter->clients[exporter->count++], fd,
	    clock_monotonic_us() + EXPORTER_SECONDS * 1000000);
}

static void
fill_polls(const struct exporter *exporter, struct pollfd *polls)
{
	size_t i;

	polls[POLL_STOP] = (struct pollfd){exporter->stop[0], POLLIN, 0};
	polls[POLL_LISTENER] =
	    (struct pollfd){exporter->options.listener, POLLIN, 0};
	for (i = 0; i < exporter->count; i++)
		polls[POLL_CLIENTS + i] = (struct pollfd){
		    exporter->clients[i].fd,
		    scrape_events(&exporter->clients[i]), 0};
}

/* From the last to the first: those behind a dropped one move up. */
static void
serve_clients(struct exporter *exporter, const struct pollfd *polls)
{
	size_t i;

	for (i = exporter->count; i > 0; i--)
		if (polls[POLL_CLIENTS + i - 1].revents != 0 &&
		    !scrape_serve(&exporter->clients[i - 1],
			exporter->options.render,
			exporter->options.context))
			drop(exporter, i - 1);
}

static void
renew_if_due(struct exporter *exporter, int64_t now_us)
{
	if (now_us < exporter->renew_us)
		return;
	promfile_renew(&exporter->file, exporter->options.log);
	exporter->renew_us = now_us +
	    (int64_t)EXPORTER_FILE_SECONDS * 1000000;
}

/* How long poll may wait for whom comes next. */
static int
idle_ms(const struct exporter *exporter, int64_t now_us)
{
	int64_t until_us = exporter->renew_us;

	if (exporter->count > 0 && exporter->clients[0].until_us < until_us)
		until_us = exporter->clients[0].until_us;
	return until_us == INT64_MAX ? -1
				     : (int)((until_us - now_us) / 1000) + 1;
}

static void *
exporter_run(void *context)
{
	struct exporter *exporter = context;
	struct pollfd polls[POLL_CLIENTS + EXPORTER_CLIENTS];

	for (;;) {
		int64_t now_us = clock_monotonic_us();

		renew_if_due(exporter, now_us);
		drop_late(exporter, now_us);
		fill_polls(exporter, polls);
		if (poll(polls, POLL_CLIENTS + exporter->count,
			idle_ms(exporter, now_us)) < 0)
			continue;
		if (polls[POLL_STOP].revents != 0)
			return NULL;
		serve_clients(exporter, polls);
		if (polls[POLL_LISTENER].revents != 0)
			admit(exporter);
	}
}

static void
exporter_free(struct exporter *exporter)
{
	while (exporter->count > 0)
		drop(exporter, exporter->count - 1);
	if (exporter->stop[0] >= 0)
		(void)close(exporter->stop[0]);
	if (exporter->stop[1] >= 0)
		(void)close(exporter->stop[1]);
	if (exporter->options.listener >= 0)
		(void)close(exporter->options.listener);
	free(exporter);
}

enum status
exporter_start(const struct exporter_options *options, struct exporter **out,
    struct fault *fault)
{
	struct exporter *exporter = calloc(1, sizeof(*exporter));
	enum status status = STATUS_OK;
	int error = 0;

	if (exporter == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory");
	exporter->options = *options;
	exporter->file = (struct promfile){options->file, options->render,
	    options->context, false};
	exporter->renew_us = options->file != NULL ? 0 : INT64_MAX;
	exporter->stop[0] = exporter->stop[1] = -1;
	if (options->file != NULL)
		status = promfile_write(&exporter->file, fault);
	if (status == STATUS_OK && pipe(exporter->stop) != 0)
		error = errno;
	if (status == STATUS_OK && error == 0)
		error = pthread_create(&exporter->thread, NULL, exporter_run,
		    exporter);
	if (error != 0)
		status = fault_errno(fault, STATUS_IO, error,
		    "cannot start the thread of metrics");
	if (status != STATUS_OK) {
		exporter_free(exporter);
		return status;
	}
	*out = exporter;
	return STATUS_OK;
}

void
exporter_stop(struct exporter **exporter)
{
	if (*exporter == NULL)
		return;
	(void)close((*exporter)->stop[1]);
	(*exporter)->stop[1] = -1;
	(void)pthread_join((*exporter)->thread, NULL);
	if ((*exporter)->options.file != NULL)
		promfile_renew(&(*exporter)->file, (*exporter)->options.log);
	exporter_free(*exporter);
	*exporter = NULL;
}
