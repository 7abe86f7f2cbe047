/*
 * centreless: what a hopseal without libpq has in the place of centre.c.
 *
 * Everything that would need the database says how to get it.
 */
#include "milter/fleet/centre.h"

static enum status
built_without(struct fault *fault)
{
	return fault_set(fault, STATUS_SYNTAX, "needs PostgreSQL, and this "
	    "hopseal was built without PostgreSQL; rebuild with "
	    "./configure --with-postgresql");
}

enum status
centre_check(const char *url, const char **weak, struct fault *fault)
{
	(void)url;
	if (weak != NULL)
		*weak = NULL;
	return built_without(fault);
}

bool
centre_has_password(const char *url)
{
	(void)url;
	return false;
}

enum status
centre_open(const char *url, const char *name, struct centre **out,
    struct fault *fault)
{
	(void)url;
	(void)name;
	(void)out;
	return built_without(fault);
}

void
centre_close(struct centre **centre)
{
	*centre = NULL;
}

/* Nothing below is reached: there is no connection to call it with. */

enum status
centre_limit(struct centre *centre, int seconds, struct fault *fault)
{
	(void)centre;
	(void)seconds;
	return built_without(fault);
}

enum status
centre_ask_nothing(struct centre *centre, const struct question *question,
    uint64_t *changed, struct fault *fault)
{
	(void)centre;
	(void)question;
	(void)changed;
	return built_without(fault);
}

enum status
centre_run(struct centre *centre, const char *sql, struct fault *fault)
{
	(void)centre;
	(void)sql;
	return built_without(fault);
}

enum status
centre_ask(struct centre *centre, const struct question *question,
    struct answer **out, struct fault *fault)
{
	(void)centre;
	(void)question;
	(void)out;
	return built_without(fault);
}

enum status
centre_stream(struct centre *centre, const struct question *question,
    centre_take_row *take, void *context, struct fault *fault)
{
	(void)centre;
	(void)question;
	(void)take;
	(void)context;
	return built_without(fault);
}

size_t
answer_rows(const struct answer *answer)
{
	(void)answer;
	return 0;
}

const char *
answer_text(const struct answer *answer, size_t row, unsigned column)
{
	(void)answer;
	(void)row;
	(void)column;
	return "";
}

size_t
answer_len(const struct answer *answer, size_t row, unsigned column)
{
	(void)answer;
	(void)row;
	(void)column;
	return 0;
}

bool
answer_is_null(const struct answer *answer, size_t row, unsigned column)
{
	(void)answer;
	(void)row;
	(void)column;
	return true;
}

int64_t
answer_number(const struct answer *answer, size_t row, unsigned column)
{
	(void)answer;
	(void)row;
	(void)column;
	return 0;
}

void
answer_free(struct answer **answer)
{
	*answer = NULL;
}
