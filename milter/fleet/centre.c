#include "milter/fleet/centre.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "milter/ledger/entry.h"
#include "milter/system/clock.h"

enum { CLAUSE_MAX = 400, SECOND_US = 1000000 };

struct centre {
	PGconn *connection;
	char server[256]; /* for faults: host and database, never more */
	int answer_s;
};

struct answer {
	PGresult *result;
};

/* What the URL says of one parameter; NULL: nothing. */
static const char *
parameter(const PQconninfoOption *options, const char *name)
{
	for (; options->keyword != NULL; options++)
		if (strcmp(options->keyword, name) == 0)
			return options->val;
	return NULL;
}

/* A server that is reached without a network. */
static bool
is_local(const PQconninfoOption *options)
{
	static const char *const names[] = {"localhost", "127.0.0.1", "::1"};
	const char *host = parameter(options, "hostaddr");
	size_t i;

	if (host == NULL)
		host = parameter(options, "host");
	if (host == NULL || host[0] == '\0' || host[0] == '/')
		return true;
	for (i = 0; i < LENGTH(names); i++)
		if (strcmp(host, names[i]) == 0)
			return true;
	return false;
}

/* libpq's words might repeat the password: they are not passed on. */
static enum status
parse(const char *url, PQconninfoOption **out, struct fault *fault)
{
	char *words = NULL;

	*out = PQconninfoParse(url, &words);
	if (words != NULL)
		PQfreemem(words);
	if (*out != NULL)
		return STATUS_OK;
	return fault_set(fault, STATUS_SYNTAX, "is no URL that libpq reads; "
	    "allowed: postgresql://USER@HOST:PORT/DATABASE?sslmode=..., with "
	    "what is special in a name written as %%XX");
}

enum status
centre_check(const char *url, const char **weak, struct fault *fault)
{
	PQconninfoOption *options;
	const char *mode;
	enum status status = parse(url, &options, fault);

	if (weak != NULL)
		*weak = NULL;
	if (status != STATUS_OK)
		return status;
	mode = parameter(options, "sslmode");
	if (weak != NULL && mode != NULL && !is_local(options) &&
	    strcmp(mode, "verify-full") != 0)
		*weak = "lets another server pass for the right one (sslmode "
			"is weaker than verify-full); leave sslmode out, and "
			"name the CA with sslrootcert=FILE";
	PQconninfoFree(options);
	return STATUS_OK;
}

bool
centre_has_password(const char *url)
{
	PQconninfoOption *options;
	bool has = false;

	if (parse(url, &options, NULL) == STATUS_OK) {
		has = parameter(options, "password") != NULL;
		PQconninfoFree(options);
	}
	return has;
}

/* The first line of what libpq says; the rest are hints and positions. */
static const char *
first_line(const char *words, char out[CLAUSE_MAX])
{
	char line[CLAUSE_MAX];

	(void)snprintf(line, sizeof(line), "%s", words);
	line[strcspn(line, "\r\n")] = '\0';
	/* The server chose them, and they go to a terminal. */
	entry_clean(out, CLAUSE_MAX, line);
	return out;
}

static const char *
find_authorities(void)
{
	static const char *const files[] = {
	    "/etc/ssl/certs/ca-certificates.crt",
	    "/etc/pki/tls/certs/ca-bundle.crt"};
	size_t i;

	for (i = 0; i < LENGTH(files); i++)
		if (access(files[i], R_OK) == 0)
			return files[i];
	return NULL;
}

/* Names and values for PQconnectStartParams; later ones win. */
struct parameters {
	const char *names[16];
	const char *values[16];
	size_t count;
};

static void
add(struct parameters *parameters, const char *name, const char *value)
{
	parameters->names[parameters->count] = name;
	parameters->values[parameters->count++] = value;
}

/* What the URL leaves open. */
static void
fill(struct parameters *parameters, const char *url, const char *name,
    const PQconninfoOption *options)
{
	static const char *const defaults[][2] = {
	    {"keepalives_idle", "30"}, {"keepalives_interval", "10"},
	    {"keepalives_count", "3"}, {"tcp_user_timeout", "60000"}};
	const char *authorities = find_authorities();
	size_t i;

	memset(parameters, 0, sizeof(*parameters));
	add(parameters, "dbname", url);
	add(parameters, "fallback_application_name", name);
	for (i = 0; i < LENGTH(defaults); i++)
		if (parameter(options, defaults[i][0]) == NULL)
			add(parameters, defaults[i][0], defaults[i][1]);
	if (is_local(options))
		return;
	if (parameter(options, "sslmode") == NULL)
		add(parameters, "sslmode", "verify-full");
	if (parameter(options, "sslrootcert") == NULL && authorities != NULL)
		add(parameters, "sslrootcert", authorities);
}

static void
name_server(struct centre *centre, const PQconninfoOption *options)
{
	const char *host = parameter(options, "host");
	const char *database = parameter(options, "dbname");

	(void)snprintf(centre->server, sizeof(centre->server),
	    "PostgreSQL at %s, database %s",
	    host == NULL || host[0] == '\0' ? "this machine" : host,
	    database == NULL ? "(default)" : database);
}

/* Wait until the socket is ready. Fails: TIMEOUT, IO. */
static enum status
wait_for(struct centre *centre, short events, int64_t until_us,
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
	    clock_monotonic_us() + (int64_t)CENTRE_CONNECT_S * SECOND_US;
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;
	char words[CLAUSE_MAX];
	enum status status = STATUS_OK;

	while (status == STATUS_OK && state != PGRES_POLLING_OK) {
		status = wait_for(centre,
		    state == PGRES_POLLING_READING ? POLLIN : POLLOUT,
		    until_us, fault);
		if (status == STATUS_OK)
			state = PQconnectPoll(centre->connection);
		if (state == PGRES_POLLING_FAILED)
			return fault_set(fault, STATUS_IO, "%s: %s",
			    centre->server, first_line(PQerrorMessage(
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
	struct parameters parameters;
	PQconninfoOption *options;
	char words[CLAUSE_MAX];
	enum status status = parse(url, &options, fault);

	if (status != STATUS_OK)
		return status;
	name_server(centre, options);
	fill(&parameters, url, name, options);
	centre->connection = PQconnectStartParams(parameters.names,
	    parameters.values, 1);
	PQconninfoFree(options);
	if (centre->connection == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory");
	if (PQstatus(centre->connection) == CONNECTION_BAD)
		return fault_set(fault, STATUS_IO, "%s: %s", centre->server,
		    first_line(PQerrorMessage(centre->connection), words));
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

/* PostgreSQL 15, appendix A: classes and codes that mean something here. */
static enum status
status_of(const char *sqlstate)
{
	if (sqlstate == NULL)
		return STATUS_IO;
	if (strcmp(sqlstate, "42P01") == 0 || strcmp(sqlstate, "42703") == 0)
		return STATUS_NOTFOUND;
	if (strcmp(sqlstate, "23505") == 0)
		return STATUS_EXISTS;
	if (strcmp(sqlstate, "42501") == 0)
		return STATUS_DENIED;
	if (strncmp(sqlstate, "40", 2) == 0)
		return STATUS_BUSY;
	if (strncmp(sqlstate, "42", 2) == 0 || strncmp(sqlstate, "22", 2) == 0)
		return STATUS_SYNTAX;
	return STATUS_IO;
}

static enum status
result_fault(struct centre *centre, const PGresult *result,
    struct fault *fault)
{
	enum status status =
	    status_of(PQresultErrorField(result, PG_DIAG_SQLSTATE));
	const char *primary =
	    PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	char words[CLAUSE_MAX];

	if (primary == NULL)
		primary = PQerrorMessage(centre->connection);
	(void)first_line(primary, words);
	if (status == STATUS_NOTFOUND)
		return fault_set(fault, status, "%s: %s; make the tables with: "
		    "hopseal fleet init | psql URL", centre->server, words);
	return fault_set(fault, status, "%s: %s", centre->server, words);
}

static enum status
connection_fault(struct centre *centre, struct fault *fault)
{
	char words[CLAUSE_MAX];

	return fault_set(fault, STATUS_IO, "%s: %s", centre->server,
	    first_line(PQerrorMessage(centre->connection), words));
}

static enum status
send_question(struct centre *centre, const struct question *question,
    int64_t until_us, struct fault *fault)
{
	enum status status = STATUS_OK;
	int left = 1;

	(void)PQsetnonblocking(centre->connection, 1);
	if (PQsendQueryParams(centre->connection, question->sql,
		(int)question->count, NULL, question->values, NULL, NULL,
		0) != 1)
		return connection_fault(centre, fault);
	while (status == STATUS_OK &&
	    (left = PQflush(centre->connection)) > 0) {
		status = wait_for(centre, POLLIN | POLLOUT, until_us, fault);
		if (status == STATUS_OK &&
		    PQconsumeInput(centre->connection) != 1)
			return connection_fault(centre, fault);
	}
	return left < 0 ? connection_fault(centre, fault) : status;
}

/* *out is NULL behind the last result. */
static enum status
next_result(struct centre *centre, int64_t until_us, PGresult **out,
    struct fault *fault)
{
	enum status status;

	while (PQisBusy(centre->connection) == 1) {
		status = wait_for(centre, POLLIN, until_us, fault);
		if (status != STATUS_OK)
			return status;
		if (PQconsumeInput(centre->connection) != 1)
			return connection_fault(centre, fault);
	}
	*out = PQgetResult(centre->connection);
	return STATUS_OK;
}

static bool
is_good(const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_SINGLE_TUPLE:
		return true;
	case PGRES_EMPTY_QUERY:
	case PGRES_COPY_OUT:
	case PGRES_COPY_IN:
	case PGRES_BAD_RESPONSE:
	case PGRES_NONFATAL_ERROR:
	case PGRES_FATAL_ERROR:
	case PGRES_COPY_BOTH:
	case PGRES_PIPELINE_SYNC:
	case PGRES_PIPELINE_ABORTED:
		return false;
	}
	return false;
}

static int64_t
deadline(const struct centre *centre)
{
	return clock_monotonic_us() + (int64_t)centre->answer_s * SECOND_US;
}

enum status
centre_ask(struct centre *centre, const struct question *question,
    struct answer **out, struct fault *fault)
{
	int64_t until_us = deadline(centre);
	PGresult *kept = NULL, *next = NULL;
	enum status status = send_question(centre, question, until_us, fault);

	while (status == STATUS_OK) {
		status = next_result(centre, until_us, &next, fault);
		if (status != STATUS_OK || next == NULL)
			break;
		PQclear(kept);
		kept = next;
	}
	if (status == STATUS_OK && kept == NULL)
		status = connection_fault(centre, fault);
	if (status == STATUS_OK && !is_good(kept))
		status = result_fault(centre, kept, fault);
	if (status == STATUS_OK) {
		*out = calloc(1, sizeof(**out));
		if (*out == NULL)
			status = fault_set(fault, STATUS_NOMEM, "no memory");
		else
			(*out)->result = kept;
	}
	if (status != STATUS_OK)
		PQclear(kept);
	return status;
}

enum status
centre_ask_nothing(struct centre *centre, const struct question *question,
    uint64_t *changed, struct fault *fault)
{
	struct answer *answer = NULL;
	unsigned long rows = 0;
	enum status status = centre_ask(centre, question, &answer, fault);

	if (status == STATUS_OK && changed != NULL) {
		(void)slice_number(slice_of(PQcmdTuples(answer->result)),
		    4294967295UL, &rows);
		*changed = rows;
	}
	answer_free(&answer);
	return status;
}

enum status
centre_run(struct centre *centre, const char *sql, struct fault *fault)
{
	const struct question question = {sql, NULL, 0};

	return centre_ask_nothing(centre, &question, NULL, fault);
}

/* What is still to come is not wanted. */
static void
cancel(struct centre *centre)
{
	PGcancel *cancel = PQgetCancel(centre->connection);
	char words[CLAUSE_MAX];

	if (cancel != NULL)
		(void)PQcancel(cancel, words, sizeof(words));
	PQfreeCancel(cancel);
}

enum status
centre_stream(struct centre *centre, const struct question *question,
    centre_take_row *take, void *context, struct fault *fault)
{
	enum status status =
	    send_question(centre, question, deadline(centre), fault);
	struct answer row = {NULL};
	bool goes_on = true;

	if (status == STATUS_OK)
		(void)PQsetSingleRowMode(centre->connection);
	while (status == STATUS_OK) {
		status = next_result(centre, deadline(centre), &row.result,
		    fault);
		if (status != STATUS_OK || row.result == NULL)
			break;
		if (goes_on && !is_good(row.result))
			status = result_fault(centre, row.result, fault);
		else if (goes_on && PQntuples(row.result) == 1) {
			goes_on = take(context, &row);
			if (!goes_on)
				cancel(centre);
		}
		PQclear(row.result);
	}
	return status;
}

size_t
answer_rows(const struct answer *answer)
{
	return (size_t)PQntuples(answer->result);
}

const char *
answer_text(const struct answer *answer, size_t row, unsigned column)
{
	return PQgetvalue(answer->result, (int)row, (int)column);
}

size_t
answer_len(const struct answer *answer, size_t row, unsigned column)
{
	return (size_t)PQgetlength(answer->result, (int)row, (int)column);
}

bool
answer_is_null(const struct answer *answer, size_t row, unsigned column)
{
	return PQgetisnull(answer->result, (int)row, (int)column) == 1;
}

int64_t
answer_number(const struct answer *answer, size_t row, unsigned column)
{
	const char *text = answer_text(answer, row, column);
	char *end;
	long long number = strtoll(text, &end, 10);

	return end == text || *end != '\0' ? 0 : (int64_t)number;
}

void
answer_free(struct answer **answer)
{
	if (*answer == NULL)
		return;
	PQclear((*answer)->result);
	free(*answer);
	*answer = NULL;
}
