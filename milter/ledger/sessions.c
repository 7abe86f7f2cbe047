#include "milter/ledger/sessions.h"

#include <stdio.h>
#include <string.h>

#include "milter/ledger/store.h"

enum column {
	COLUMN_TIME,
	COLUMN_PART,
	COLUMN_DIRECTION,
	COLUMN_EVENT,
	COLUMN_MODE,
	COLUMN_SIDE,
	COLUMN_SENDER,
	COLUMN_RECIPIENT,
	COLUMN_POLICY,
	COLUMN_PEER,
	COLUMN_ADDRESS,
	COLUMN_TLS,
	COLUMN_CIPHER,
	COLUMN_BITS,
	COLUMN_CERT,
	COLUMN_CN
};

/*
 * The summaries tell between which records of the log the wanted ones lie;
 * an import may have put older days behind newer ones, so time decides.
 */
#define SPAN                                                               \
	"WITH span AS MATERIALIZED (SELECT min(first_seq) AS low,"          \
	" max(last_seq) AS high FROM day CROSS JOIN summary ON summary.day" \
	" = day.day WHERE day.day BETWEEN ?1 AND ?2"
#define COLUMNS                                                             \
	") SELECT time, part, direction, event, mode, side, sender,"         \
	" recipient, policy, peer, address, tls, cipher, bits, cert, cn"     \
	" FROM span CROSS JOIN record ON record.seq BETWEEN span.low AND"    \
	" span.high WHERE time >= ?1 * 86400000 AND time < (?2 + 1) *"       \
	" 86400000 AND (?3 IS NULL OR sender = iif(?3 = '<>', '', ?3))"
#define WOULD_REFUSE " AND event IN ('would-reject', 'would-defer')"
#define IN_ORDER     " ORDER BY seq"

static const char *const sql_sessions[] = {
    [SESSIONS_ALL] = SPAN COLUMNS IN_ORDER,
    [SESSIONS_WOULD_REFUSE] = SPAN WOULD_REFUSE COLUMNS WOULD_REFUSE IN_ORDER,
};

static bool
mode_parse(const char *text, enum mode *out)
{
	int i;

	for (i = MODE_FALLBACK_ALLOWED; i <= MODE_REQUIRE; i++) {
		if (strcmp(text, mode_name((enum mode)i)) == 0) {
			*out = (enum mode)i;
			return true;
		}
	}
	return false;
}

static bool
side_parse(const char *text, enum side *out)
{
	int i;

	for (i = SIDE_NONE; i <= SIDE_HEADER_FROM; i++) {
		if (strcmp(text, side_name((enum side)i)) == 0) {
			*out = (enum side)i;
			return true;
		}
	}
	return false;
}

/* What is no word of ours is a state that is not known. */
static enum cert_state
cert_parse(const char *text)
{
	int i;

	for (i = CERT_UNKNOWN; i <= CERT_TRUSTED; i++) {
		if (strcmp(text, cert_state_name((enum cert_state)i)) == 0)
			return (enum cert_state)i;
	}
	return CERT_UNKNOWN;
}

static void
copy_text(sqlite3_stmt *row, enum column column, char *out, size_t size)
{
	(void)snprintf(out, size, "%s", store_text(row, (int)column));
}

/* The way back from the texts of a record to what policy judges. */
static void
read_tls(sqlite3_stmt *row, struct tlsinfo *out)
{
	int64_t bits = sqlite3_column_int64(row, COLUMN_BITS);
	const char *tls = store_text(row, COLUMN_TLS);

	memset(out, 0, sizeof(*out));
	out->cert = cert_parse(store_text(row, COLUMN_CERT));
	if (strcmp(tls, "none") == 0)
		out->state = TLS_NONE;
	else if (strcmp(tls, "unknown") == 0)
		out->state = TLS_UNKNOWN;
	else
		out->state = TLS_ESTABLISHED;
	if (out->state != TLS_ESTABLISHED)
		return;
	copy_text(row, COLUMN_TLS, out->version_text,
	    sizeof(out->version_text));
	copy_text(row, COLUMN_CIPHER, out->cipher, sizeof(out->cipher));
	copy_text(row, COLUMN_CN, out->cn, sizeof(out->cn));
	out->version = tls_version_parse(slice_of(tls));
	out->cipher_class =
	    cipher_classify(slice_of(out->cipher), out->version);
	out->bits_known = bits > 0 && bits <= 99999;
	out->bits = out->bits_known ? (unsigned)bits : 0;
}

static bool
read_row(sqlite3_stmt *row, struct session_facts *out)
{
	out->time = sqlite3_column_int64(row, COLUMN_TIME);
	out->part = (unsigned)sqlite3_column_int64(row, COLUMN_PART);
	out->direction = strcmp(store_text(row, COLUMN_DIRECTION), "out") == 0
	    ? RECORD_OUT
	    : RECORD_IN;
	out->sender = store_text(row, COLUMN_SENDER);
	out->recipient = store_text(row, COLUMN_RECIPIENT);
	out->policy = store_text(row, COLUMN_POLICY);
	out->peer = store_text(row, COLUMN_PEER);
	out->address = store_text(row, COLUMN_ADDRESS);
	read_tls(row, &out->tls);
	return record_event_parse(
		   slice_of(store_text(row, COLUMN_EVENT)), &out->event) &&
	    mode_parse(store_text(row, COLUMN_MODE), &out->mode) &&
	    side_parse(store_text(row, COLUMN_SIDE), &out->side);
}

enum status
sessions_walk(struct queries *queries, const struct sessions_query *query,
    sessions_take *take, void *context, struct fault *fault)
{
	const struct store *store = queries_store(queries);
	struct session_facts facts;
	sqlite3_stmt *row = NULL;
	enum status status =
	    store_prepare(store, sql_sessions[query->of], &row, fault);
	int rc;

	if (status != STATUS_OK)
		return status;
	(void)sqlite3_bind_int64(row, 1, query->range.first_day);
	(void)sqlite3_bind_int64(row, 2, query->range.last_day);
	if (query->sender != NULL)
		store_bind(row, 3, query->sender);
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		if (read_row(row, &facts))
			take(context, &facts);
	}
	status = store_status(store, rc, fault);
	(void)sqlite3_finalize(row);
	return status;
}
