#include "milter/ledger/domainrows.h"

#include <stdio.h>
#include <string.h>

#include "milter/ledger/store.h"

/* As DOMAINROWS_COLUMNS. */
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

static bool
row_is_of(const struct queries_row *row, sqlite3_stmt *statement)
{
	return row->direction == direction_at(statement, ROW_DIRECTION) &&
	    strcmp(row->domain, store_text(statement, ROW_DOMAIN)) == 0;
}

int
domainrows_fold(sqlite3_stmt *statement, queries_take_row *take,
    void *context)
{
	char domain[DOMAIN_MAX + 1] = "";
	struct queries_row row;
	bool begun = false;
	int rc;

	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		if (begun && !row_is_of(&row, statement)) {
			take(context, &row);
			begun = false;
		}
		if (!begun) {
			(void)snprintf(domain, sizeof(domain), "%s",
			    store_text(statement, ROW_DOMAIN));
			row_init(&row, domain,
			    direction_at(statement, ROW_DIRECTION));
			begun = true;
		}
		row_add(&row, statement);
	}
	if (begun)
		take(context, &row);
	return rc;
}
