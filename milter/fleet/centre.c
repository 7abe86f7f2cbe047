#include "milter/fleet/centre.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/fleet/centrestate.h"
#include "milter/fleet/centreurl.h"
#include "milter/ledger/entry.h"
#include "milter/system/clock.h"

const char *
centre_words(const char *words, char out[CENTRE_WORDS])
{
	char line[CENTRE_WORDS];

	(void)snprintf(line, sizeof(line), "%s", words);
	line[strcspn(line, "\r\n")] = '\0';
	/* The server chose them, and they go to a terminal. */
	entry_clean(out, CENTRE_WORDS, line);
	return out;
}

enum status
centre_wait(struct centre *centre, short events, int64_t until_us,
    struct fault *fault)
{
	struct pollfd ready = {PQsocket(centre->connection), events, 0};
	int64_t left_us = until_us - clock_monotonic_us();
	int got;

	if (ready.fd < 0)
		return fault_set(fault, STATUS_IO, "%s: the connection is "
		    "gone", centre->server);
	if (left_us < 0)
		left_us = 0;
	got = poll(&ready, 1, (int)(left_us / 1000) + 1);
	if (got < 0 && errno != EINTR)
		return fault_errno(fault, STATUS_IO, errno, "poll");
	if (got == 0 && clock_monotonic_us() >= until_us)
		return fault_set(fault, STATUS_TIMEOUT, "%s does not answer",
		    centre->server);
	return STATUS_OK;
}

static enum status
await_connection(struct centre *centre, struct fault *fault)
{
	int64_t until_us =
	    clock_monotonic_us() + (int64_t)CENTRE_CONNECT_S * CENTRE_SECOND_US;
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;
	char words[CENTRE_WORDS];
	enum status status = STATUS_OK;

	while (status == STATUS_OK && state != PGRES_POLLING_OK) {
		status = centre_wait(centre,
		    state == PGRES_POLLING_READING ? POLLIN : POLLOUT,
		    until_us, fault);
		if (status == STATUS_OK)
			state = PQconnectPoll(centre->connection);
		if (state == PGRES_POLLING_FAILED)
			return fault_set(fault, STATUS_IO, "%s: %s",
			    centre->server, centre_words(PQerrorMessage(
				centre->connection), words));
	}
	return status;
}

static void
ignore_notice(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

static enum status
connect_with(struct centre *centre, const char *url, const char *name,
    struct fault *fault)
{
	struct centreurl_parameters parameters;
	PQconninfoOption *options;
	char words[CENTRE_WORDS];
	enum status status = centreurl_parse(url, &options, fault);

	if (status != STATUS_OK)
		return status;
	centreurl_describe(options, centre->server, sizeof(centre->server));
	centreurl_fill(url, name, options, &parameters);
	centre->connection = PQconnectStartParams(parameters.names,
	    parameters.values, 1);
	PQconninfoFree(options);
	if (centre->connection == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory");
	if (PQstatus(centre->connection) == CONNECTION_BAD)
		return fault_set(fault, STATUS_IO, "%s: %s", centre->server,
		    centre_words(PQerrorMessage(centre->connection), words));
	(void)PQsetNoticeReceiver(centre->connection, ignore_notice, NULL);
	return await_connection(centre, fault);
}

/* What the server ends by itself: our own patience ends a little later. */
enum status
centre_limit(struct centre *centre, int seconds, struct fault *fault)
{
	char sql[64];

	centre->answer_s = seconds;
	(void)snprintf(sql, sizeof(sql), "SET statement_timeout = %d",
	    (seconds - 1) * 1000);
	return centre_run(centre, sql, fault);
}

enum status
centre_open(const char *url, const char *name, struct centre **out,
    struct fault *fault)
{
	struct centre *centre = calloc(1, sizeof(*centre));
	enum status status;

	if (centre == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory");
	status = connect_with(centre, url, name, fault);
	if (status == STATUS_OK)
		status = centre_limit(centre, CENTRE_ANSWER_S, fault);
	if (status == STATUS_OK)
		*out = centre;
	else
		centre_close(&centre);
	return status;
}

void
centre_close(struct centre **centre)
{
	if (*centre == NULL)
		return;
	PQfinish((*centre)->connection);
	free(*centre);
	*centre = NULL;
}
