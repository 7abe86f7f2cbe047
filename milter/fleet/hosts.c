#include "milter/fleet/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "milter/ledger/entry.h"

/* One clock for all: what is asked for are ages. */
static const char sql_hosts[] =
    "SELECT host, vkey, version, policy, ledger, edition, next, size, lost,"
    " checkpoint_size, next_time, CASE WHEN oldest = 0 THEN 0 ELSE"
    " CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000 AS bigint) - oldest"
    " END, CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000 AS bigint)"
    " - seen FROM hopseal_host ORDER BY host, ledger";

enum column { COLUMN_NAME, COLUMN_VKEY, COLUMN_VERSION, COLUMN_POLICY,
	COLUMN_LEDGER, COLUMN_EDITION, COLUMN_NEXT, COLUMN_SIZE, COLUMN_LOST,
	COLUMN_SIGNED, COLUMN_TIME, COLUMN_LAG, COLUMN_SILENCE };

static void
read_text(const struct answer *answer, size_t row, enum column column,
    char *out, size_t size)
{
	/* Another host wrote it, and it goes to a terminal. */
	entry_clean(out, size, answer_text(answer, row, (unsigned)column));
}

static int64_t
read_age(const struct answer *answer, size_t row, enum column column)
{
	int64_t age = answer_number(answer, row, (unsigned)column);

	return age < 0 ? 0 : age;
}

static void
read_host(const struct answer *answer, size_t row, struct host *out)
{
	read_text(answer, row, COLUMN_NAME, out->name, sizeof(out->name));
	read_text(answer, row, COLUMN_VKEY, out->vkey, sizeof(out->vkey));
	read_text(answer, row, COLUMN_VERSION, out->version,
	    sizeof(out->version));
	read_text(answer, row, COLUMN_POLICY, out->policy,
	    sizeof(out->policy));
	out->ledger = answer_number(answer, row, COLUMN_LEDGER);
	out->edition = (uint64_t)answer_number(answer, row, COLUMN_EDITION);
	out->next = (uint64_t)answer_number(answer, row, COLUMN_NEXT);
	out->size = (uint64_t)answer_number(answer, row, COLUMN_SIZE);
	out->lost = (uint64_t)answer_number(answer, row, COLUMN_LOST);
	out->signed_leaves =
	    (uint64_t)answer_number(answer, row, COLUMN_SIGNED);
	out->next_time = answer_number(answer, row, COLUMN_TIME);
	out->lag = read_age(answer, row, COLUMN_LAG);
	out->silence = read_age(answer, row, COLUMN_SILENCE);
}

static bool
is_alike(const struct host *a, const struct host *b)
{
	return strcmp(a->policy, b->policy) == 0 &&
	    strcmp(a->version, b->version) == 0 && a->edition == b->edition;
}

/* How many are as this one is. */
static size_t
count_alike(const struct hosts *hosts, const struct host *host)
{
	size_t i, count = 0;

	for (i = 0; i < hosts->count; i++)
		count += is_alike(&hosts->items[i], host);
	return count;
}

/* Those that are not like the most; of equally many the first. */
static void
find_drift(struct hosts *hosts)
{
	const struct host *norm = NULL;
	size_t i, count, most = 0;

	for (i = 0; i < hosts->count; i++) {
		count = count_alike(hosts, &hosts->items[i]);
		if (count > most) {
			most = count;
			norm = &hosts->items[i];
		}
		if (most > hosts->count / 2)
			break;
	}
	for (i = 0; i < hosts->count; i++) {
		hosts->items[i].drifts = !is_alike(&hosts->items[i], norm);
		hosts->drifting += hosts->items[i].drifts;
	}
}

static void
find_twins(struct hosts *hosts)
{
	size_t i;

	for (i = 1; i < hosts->count; i++)
		if (strcmp(hosts->items[i].name, hosts->items[i - 1].name) ==
		    0)
			hosts->items[i].is_twin =
			    hosts->items[i - 1].is_twin = true;
}

enum status
hosts_read(struct centre *centre, struct hosts *out, struct fault *fault)
{
	const struct question question = {sql_hosts, NULL, 0};
	struct answer *answer = NULL;
	enum status status = centre_ask(centre, &question, &answer, fault);
	size_t rows;

	memset(out, 0, sizeof(*out));
	if (status != STATUS_OK)
		return status;
	rows = answer_rows(answer);
	out->items = calloc(rows + 1, sizeof(*out->items));
	if (rows > HOSTS_MAX)
		status = fault_set(fault, STATUS_LIMIT, "the centre has more "
		    "than %d hosts", HOSTS_MAX);
	else if (out->items == NULL)
		status = fault_set(fault, STATUS_NOMEM, "no memory");
	while (status == STATUS_OK && out->count < rows) {
		read_host(answer, out->count, &out->items[out->count]);
		out->count++;
	}
	answer_free(&answer);
	if (status != STATUS_OK) {
		hosts_clear(out);
		return status;
	}
	find_twins(out);
	find_drift(out);
	return STATUS_OK;
}

void
hosts_clear(struct hosts *hosts)
{
	free(hosts->items);
	hosts->items = NULL;
	hosts->count = 0;
}
