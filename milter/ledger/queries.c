#include "milter/ledger/queries.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ledger/checkpoint.h"
#include "milter/ledger/entry.h"
#include "milter/ledger/logkey.h"
#include "milter/ledger/proof.h"
#include "milter/ledger/rows.h"
#include "milter/ledger/store.h"

struct queries {
	struct store store;
};

enum status
queries_open(const char *path, struct queries **out, struct fault *fault)
{
	struct queries *queries = calloc(1, sizeof(*queries));
	enum status status;

	if (queries == NULL)
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	status = store_open_reader(path, &queries->store, fault);
	if (status == STATUS_OK) {
		status = store_run(&queries->store, "BEGIN", fault);
		if (status != STATUS_OK)
			store_close(&queries->store);
	}
	if (status != STATUS_OK) {
		free(queries);
		return status;
	}
	*out = queries;
	return STATUS_OK;
}

enum status
queries_open_memory(struct queries **out, struct fault *fault)
{
	struct queries *queries = calloc(1, sizeof(*queries));
	enum status status;

	if (queries == NULL)
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	status = store_open_memory(&queries->store, fault);
	if (status == STATUS_OK)
		*out = queries;
	else
		free(queries);
	return status;
}

void
queries_close(struct queries **queries)
{
	if (*queries == NULL)
		return;
	store_close(&(*queries)->store);
	free(*queries);
	*queries = NULL;
}

const struct store *
queries_store(const struct queries *queries)
{
	return &queries->store;
}

enum status
queries_days(struct queries *queries, struct queries_range *out,
    struct fault *fault)
{
	enum status status = store_number(&queries->store,
	    "SELECT day FROM day ORDER BY day LIMIT 1", &out->first_day,
	    fault);

	if (status == STATUS_OK)
		status = store_number(&queries->store,
		    "SELECT day FROM day ORDER BY day DESC LIMIT 1",
		    &out->last_day, fault);
	return status;
}

/*
 * By day first, then by name: the order of the key of summary. For one
 * domain this is a probe per day, so that its cost does not grow with the
 * number of other domains.
 */
#define FROM_DAYS                                                       \
	" FROM day CROSS JOIN summary ON summary.day = day.day"
#define OF_DOMAIN " AND summary.domain = ?3"

#define ROW_COLUMNS                                                       \
	"SELECT summary.domain, direction, event, tls,"                    \
	" sum(iif(day.day >= ?1, messages, 0)),"                           \
	" sum(iif(day.day >= ?1, summary.records, 0)),"                    \
	" sum(iif(day.day >= ?1, stamped, 0)),"                            \
	" min(iif(day.day >= ?1, first_time, NULL)), min(first_time),"     \
	" max(last_time)"
#define ROW_GROUPS                                                        \
	" WHERE day.day <= ?2 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2"

static const char sql_all_rows[] = ROW_COLUMNS FROM_DAYS ROW_GROUPS;
static const char sql_rows[] = ROW_COLUMNS FROM_DAYS OF_DOMAIN ROW_GROUPS;

enum row_column {
	ROW_DOMAIN,
	ROW_DIRECTION,
	ROW_EVENT,
	ROW_TLS,
	ROW_MESSAGES,
	ROW_RECORDS,
	ROW_STAMPED,
	ROW_FIRST_IN_RANGE,
	ROW_FIRST,
	ROW_LAST
};

static uint64_t
count_of(sqlite3_stmt *statement, enum row_column column)
{
	int64_t value = sqlite3_column_int64(statement, (int)column);

	return value < 0 ? 0 : (uint64_t)value;
}

static void
earlier(int64_t *time, int64_t other)
{
	if (*time == QUERIES_NO_TIME || other < *time)
		*time = other;
}

static void
later(int64_t *time, int64_t other)
{
	if (other > *time)
		*time = other;
}

static void
add_tls(struct queries_row *row, const char *text, uint64_t messages)
{
	enum tls_version version;

	if (strcmp(text, "none") == 0) {
		row->plain += messages;
		return;
	}
	if (strcmp(text, "unknown") == 0) {
		row->unknown += messages;
		return;
	}
	row->tls += messages;
	version = tls_version_parse(slice_of(text));
	if (messages == 0 ||
	    (row->min_tls_text[0] != '\0' && version >= row->min_tls))
		return;
	row->min_tls = version;
	(void)snprintf(row->min_tls_text, sizeof(row->min_tls_text), "%s",
	    text);
}

/* What a record of this event adds besides messages. */
static void
add_event(struct queries_row *row, enum record_event event,
    uint64_t messages, uint64_t records)
{
	switch (event) {
	case RECORD_FALLBACK:
	case RECORD_SENT_PLAIN:
		row->below += messages;
		return;
	case RECORD_WOULD_REJECT:
	case RECORD_WOULD_DEFER:
		row->below += messages;
		row->would_refuse += records;
		return;
	case RECORD_DOWNGRADE:
		row->downgrades += records;
		return;
	case RECORD_REJECT:
		row->refused += records;
		return;
	case RECORD_DEFER:
	case RECORD_TLS_FAILED:
		row->deferred += records;
		return;
	case RECORD_PASS:
	case RECORD_STRIP:
	case RECORD_STAMP_FAULT:
	case RECORD_TRUSTED:
	case RECORD_SENT_TLS:
	case RECORD_SENT_UNKNOWN:
		return;
	}
}

static void
row_add(struct queries_row *row, sqlite3_stmt *statement)
{
	const char *tls = store_text(statement, ROW_TLS);
	uint64_t messages = count_of(statement, ROW_MESSAGES);
	uint64_t records = count_of(statement, ROW_RECORDS);
	enum record_event event;

	if (!record_event_parse(
		slice_of(store_text(statement, ROW_EVENT)), &event))
		return;
	if (event == RECORD_TRUSTED) {
		row->trusted += messages;
		return;
	}
	earlier(&row->first_seen, sqlite3_column_int64(statement, ROW_FIRST));
	later(&row->last_seen, sqlite3_column_int64(statement, ROW_LAST));
	if (strcmp(tls, "none") == 0 && record_event_is_message(event))
		later(&row->last_plain,
		    sqlite3_column_int64(statement, ROW_LAST));
	if (messages > 0)
		earlier(&row->first_message,
		    sqlite3_column_int64(statement, ROW_FIRST_IN_RANGE));
	row->messages += messages;
	row->stamped += count_of(statement, ROW_STAMPED);
	add_event(row, event, messages, records);
	if (record_event_is_message(event))
		add_tls(row, tls, messages);
}

static void
row_init(struct queries_row *row, const char *domain,
    enum record_direction direction)
{
	memset(row, 0, sizeof(*row));
	row->domain = domain;
	row->direction = direction;
	row->first_message = QUERIES_NO_TIME;
	row->first_seen = QUERIES_NO_TIME;
	row->last_seen = QUERIES_NO_TIME;
	row->last_plain = QUERIES_NO_TIME;
}

static enum record_direction
direction_at(sqlite3_stmt *statement, int column)
{
	return strcmp(store_text(statement, column), "out") == 0 ? RECORD_OUT
								 : RECORD_IN;
}

/* Groups of one domain and direction follow each other: fold them. */
static int
rows_fold(sqlite3_stmt *statement, queries_take_row *take, void *context)
{
	char domain[DOMAIN_MAX + 1] = "";
	enum record_direction direction;
	struct queries_row row;
	bool begun = false;
	int rc;

	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		direction = direction_at(statement, ROW_DIRECTION);
		if (begun &&
		    (direction != row.direction ||
			strcmp(domain, store_text(statement, ROW_DOMAIN)) !=
			    0)) {
			take(context, &row);
			begun = false;
		}
		if (!begun) {
			(void)snprintf(domain, sizeof(domain), "%s",
			    store_text(statement, ROW_DOMAIN));
			row_init(&row, domain, direction);
			begun = true;
		}
		row_add(&row, statement);
	}
	if (begun)
		take(context, &row);
	return rc;
}

static void
bind_range(sqlite3_stmt *statement, const struct queries_range *range,
    const char *domain)
{
	(void)sqlite3_bind_int64(statement, 1, range->first_day);
	(void)sqlite3_bind_int64(statement, 2, range->last_day);
	if (domain != NULL)
		store_bind(statement, 3, domain);
}

enum status
queries_domains(struct queries *queries, const struct queries_range *range,
    const char *domain, queries_take_row *take, void *context,
    struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(&queries->store,
	    domain == NULL ? sql_all_rows : sql_rows, &statement, fault);

	if (status != STATUS_OK)
		return status;
	bind_range(statement, range, domain);
	status = store_status(
	    &queries->store, rows_fold(statement, take, context), fault);
	(void)sqlite3_finalize(statement);
	return status;
}

/* Messages of partners, and what was refused; trusted hosts apart. */
#define COUNT_REFUSED                                                       \
	" sum(iif(event IN ('reject', 'defer', 'downgrade', 'tls-failed')," \
	" summary.records, 0))"
#define COUNT_TLS " sum(iif(tls NOT IN ('none', 'unknown'), messages, 0))"
#define SHARE_COLUMNS                                                       \
	", sum(messages)," COUNT_TLS "," COUNT_REFUSED ", max(last_time)"
#define SHARE_REST                                                          \
	" WHERE day.day BETWEEN ?1 AND ?2 AND direction = ?4 AND event <>"  \
	" 'trusted' GROUP BY 1 ORDER BY 2 DESC, 1"

static const char *const sql_shares[] = {
    [QUERIES_BY_VERSION] = "SELECT tls" SHARE_COLUMNS FROM_DAYS OF_DOMAIN
	SHARE_REST,
    [QUERIES_BY_CIPHER] = "SELECT cipher" SHARE_COLUMNS FROM_DAYS OF_DOMAIN
	" WHERE day.day BETWEEN ?1 AND ?2 AND direction = ?4 AND cipher <> ''"
	" AND event <> 'trusted' GROUP BY 1 ORDER BY 2 DESC, 1",
    [QUERIES_BY_NETWORK] = "SELECT network" SHARE_COLUMNS FROM_DAYS OF_DOMAIN
	SHARE_REST,
    [QUERIES_BY_EVENT] = "SELECT event, sum(summary.records)," COUNT_TLS
	"," COUNT_REFUSED ", max(last_time)" FROM_DAYS OF_DOMAIN SHARE_REST,
};

enum status
queries_shares(struct queries *queries, const struct queries_range *range,
    const char *domain, enum record_direction direction, enum queries_by by,
    queries_take_share *take, void *context, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	struct queries_share share;
	enum status status = store_prepare(
	    &queries->store, sql_shares[by], &statement, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	bind_range(statement, range, domain);
	store_bind(statement, 4, record_direction_name(direction));
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		share.name = store_text(statement, 0);
		share.messages = (uint64_t)sqlite3_column_int64(statement, 1);
		share.tls = (uint64_t)sqlite3_column_int64(statement, 2);
		share.refused = (uint64_t)sqlite3_column_int64(statement, 3);
		share.last_seen = sqlite3_column_int64(statement, 4);
		take(context, &share);
	}
	status = store_status(&queries->store, rc, fault);
	(void)sqlite3_finalize(statement);
	return status;
}

#define DAY_COLUMNS                                                        \
	"SELECT day.day," COUNT_TLS ", sum(iif(tls = 'none', messages, 0))," \
	" sum(iif(tls = 'unknown', messages, 0)),"
#define DAY_REST                                                           \
	" WHERE day.day BETWEEN ?1 AND ?2 AND direction = ?4 AND event <>" \
	" 'trusted' GROUP BY 1 ORDER BY 1"

enum status
queries_by_day(struct queries *queries, const struct queries_range *range,
    const char *domain, enum record_direction direction,
    queries_take_day *take, void *context, struct fault *fault)
{
	static const char sql_all[] =
	    DAY_COLUMNS COUNT_REFUSED FROM_DAYS DAY_REST;
	static const char sql_one[] =
	    DAY_COLUMNS COUNT_REFUSED FROM_DAYS OF_DOMAIN DAY_REST;
	sqlite3_stmt *statement = NULL;
	struct queries_day day;
	enum status status = store_prepare(&queries->store,
	    domain == NULL ? sql_all : sql_one, &statement, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	bind_range(statement, range, domain);
	store_bind(statement, 4, record_direction_name(direction));
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		day.day = sqlite3_column_int64(statement, 0);
		day.tls = (uint64_t)sqlite3_column_int64(statement, 1);
		day.plain = (uint64_t)sqlite3_column_int64(statement, 2);
		day.unknown = (uint64_t)sqlite3_column_int64(statement, 3);
		day.refused = (uint64_t)sqlite3_column_int64(statement, 4);
		take(context, &day);
	}
	status = store_status(&queries->store, rc, fault);
	(void)sqlite3_finalize(statement);
	return status;
}

/*
 * Summaries tell between which records of a day the domain is found, so that
 * records need no index of their own. Names that were counted as "(other)"
 * lie between the records of that one.
 */
static const char sql_records[] =
    "WITH span AS MATERIALIZED (SELECT min(first_seq) AS low, max(last_seq)"
    " AS high FROM day CROSS JOIN summary ON summary.day = day.day AND"
    " summary.domain IN (?3, '" QUERIES_OTHER "') WHERE day.day BETWEEN ?1"
    " AND ?2 GROUP BY day.day)"
    " SELECT DISTINCT " ROWS_COLUMNS " FROM span CROSS JOIN record ON"
    " record.seq BETWEEN span.low AND span.high WHERE"
    " ((direction = 'in' AND sender = iif(?3 = '<>', '', ?3)) OR"
    " (direction = 'out' AND recipient = iif(?3 = '<>', '', ?3))) AND"
    " time >= ?1 * 86400000 AND time < (?2 + 1) * 86400000 ORDER BY time,"
    " host, seq";

enum status
queries_records(struct queries *queries, const struct queries_range *range,
    const char *domain, queries_take_record *take, void *context,
    struct fault *fault)
{
	char storage[ENTRY_LINE_MAX];
	sqlite3_stmt *statement = NULL;
	struct buf line;
	enum status status = store_prepare(
	    &queries->store, sql_records, &statement, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	bind_range(statement, range, domain);
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		buf_init_fixed(&line, storage, sizeof(storage));
		rows_line(statement, &line);
		if (!take(context, buf_slice(&line)))
			break;
	}
	status = store_status(&queries->store, rc, fault);
	(void)sqlite3_finalize(statement);
	return status;
}

static enum status
number_into(struct queries *queries, const char *sql, uint64_t *out,
    struct fault *fault)
{
	int64_t number = 0;
	enum status status =
	    store_number(&queries->store, sql, &number, fault);

	*out = number < 0 ? 0 : (uint64_t)number;
	return status;
}

/* The newest checkpoint's note and time; an empty note when there is none. */
static enum status
head_fetch(struct queries *queries, struct buf *note,
    struct queries_integrity *out, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	enum status status = store_prepare(&queries->store,
	    "SELECT note, time, size FROM checkpoint ORDER BY size DESC"
	    " LIMIT 1", &statement, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	out->checkpoint_time = QUERIES_NO_TIME;
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW) {
		buf_puts(note, store_text(statement, 0));
		out->checkpoint_time = sqlite3_column_int64(statement, 1);
		out->signed_leaves =
		    (uint64_t)sqlite3_column_int64(statement, 2);
	}
	status = store_status(&queries->store, rc, fault);
	(void)sqlite3_finalize(statement);
	return status;
}

/* Does the note fit key and log? What does not is said in fault. */
static enum status
head_check(struct queries *queries, struct sha256 *digest,
    const struct buf *note, struct fault *fault)
{
	struct checkpoint head;
	struct proof proof;
	struct vkey vkey;
	struct hash root;
	enum status status = logkey_vkey(
	    &queries->store, digest, &vkey, fault);

	if (status == STATUS_OK)
		status = checkpoint_open(buf_slice(note), &vkey, &head, fault);
	if (status != STATUS_OK)
		return status;
	status = proof_init(&proof, &queries->store, digest, fault);
	if (status == STATUS_OK)
		status = proof_root(&proof, head.size, &root, fault);
	proof_clear(&proof);
	if (status == STATUS_OK && !hash_equal(&root, &head.root))
		status = fault_set(fault, STATUS_CRYPTO,
		    "the log does not have the root that the checkpoint of %"
		    PRIu64 " records was signed for", head.size);
	return status;
}

static void
integrity_judge(struct queries *queries, const struct buf *note,
    struct queries_integrity *out)
{
	struct sha256 *digest = NULL;
	struct fault fault = {.text = "OpenSSL has no SHA-256"};

	out->good = false;
	if (buf_slice(note).len == 0) {
		out->good = out->leaves == 0;
		(void)snprintf(out->sentence, sizeof(out->sentence),
		    "there is no checkpoint yet");
		return;
	}
	if (sha256_new(&digest) == STATUS_OK)
		out->good = head_check(queries, digest, note, &fault) ==
		    STATUS_OK;
	sha256_free(&digest);
	if (!out->good)
		(void)snprintf(out->sentence, sizeof(out->sentence), "%s",
		    fault.text);
}

enum status
queries_integrity(struct queries *queries, struct queries_integrity *out,
    struct fault *fault)
{
	char storage[NOTE_MAX];
	struct buf note;
	uint64_t notes = 0;
	enum status status;

	memset(out, 0, sizeof(*out));
	buf_init_fixed(&note, storage, sizeof(storage));
	status = number_into(
	    queries, "SELECT size FROM state", &out->leaves, fault);
	if (status == STATUS_OK)
		status = number_into(queries,
		    "SELECT ifnull(sum(removed), 0) FROM pruning WHERE what ="
		    " 'records'", &out->pruned, fault);
	if (status == STATUS_OK)
		status = number_into(queries, "SELECT count(*) FROM pruning",
		    &notes, fault);
	if (status == STATUS_OK)
		status = number_into(queries,
		    "SELECT count(*) FROM checkpoint", &out->checkpoints,
		    fault);
	out->records = out->leaves - out->pruned - notes;
	if (status == STATUS_OK)
		status = store_meta(&queries->store, "vkey", out->vkey,
		    sizeof(out->vkey), fault);
	if (status == STATUS_OK)
		status = head_fetch(queries, &note, out, fault);
	if (status == STATUS_OK)
		integrity_judge(queries, &note, out);
	return status;
}
