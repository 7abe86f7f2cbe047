#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "milter/fleet/centrestate.h"
#include "milter/system/clock.h"

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
	char words[CENTRE_WORDS];

	if (primary == NULL)
		primary = PQerrorMessage(centre->connection);
	(void)centre_words(primary, words);
	if (status == STATUS_NOTFOUND)
		return fault_set(fault, status, "%s: %s; make the tables with: "
		    "hopseal fleet init | psql URL", centre->server, words);
	return fault_set(fault, status, "%s: %s", centre->server, words);
}

static enum status
connection_fault(struct centre *centre, struct fault *fault)
{
	char words[CENTRE_WORDS];

	return fault_set(fault, STATUS_IO, "%s: %s", centre->server,
	    centre_words(PQerrorMessage(centre->connection), words));
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
		status = centre_wait(centre, POLLIN | POLLOUT, until_us, fault);
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
		status = centre_wait(centre, POLLIN, until_us, fault);
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
	return clock_monotonic_us() +
	    (int64_t)centre->answer_s * CENTRE_SECOND_US;
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
	char words[CENTRE_WORDS];

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
