/*
 * queries: questions to the ledger, next to the writer at work.
 *
 * A connection that only reads, and one snapshot of it from open to close.
 * Counts come from the daily summaries, single records from the table of
 * records. Days are counted from 1970 UTC, times are in ms.
 *
 * Threads: one owner. Source: LEDGER.md, "Questions".
 */
#ifndef HOPSEAL_LEDGER_QUERIES_H
#define HOPSEAL_LEDGER_QUERIES_H

#include "milter/ledger/record.h"
#include "policy/base/buf.h"
#include "policy/base/status.h"

/* The name under which what exceeds max-domains-per-day is counted. */
#define QUERIES_OTHER "(other)"

enum { QUERIES_NO_TIME = -1 };

struct queries;

struct queries_range {
	int64_t first_day;
	int64_t last_day;
};

/*
 * One domain and direction. Counts are of the range; the three times are of
 * all days up to its end. Messages of trusted hosts count in trusted alone.
 */
struct queries_row {
	const char *domain; /* borrowed, for the time of the call */
	enum record_direction direction;
	uint64_t messages; /* = tls + plain + unknown */
	uint64_t tls;
	uint64_t plain;
	uint64_t unknown;
	uint64_t stamped;
	uint64_t below;	   /* taken or sent though below policy */
	uint64_t refused;  /* rejected */
	uint64_t deferred; /* deferred; out: TLS was not to be had */
	uint64_t would_refuse;
	uint64_t downgrades;
	uint64_t trusted;
	enum tls_version min_tls;     /* lowest of the messages over TLS */
	char min_tls_text[RECORD_TLS_MAX + 1]; /* "": none */
	int64_t first_message; /* in the range, or QUERIES_NO_TIME */
	int64_t first_seen;
	int64_t last_seen;
	int64_t last_plain; /* a message in clear, or QUERIES_NO_TIME */
};

/* How something that is counted by name is spread. */
struct queries_share {
	const char *name; /* borrowed, for the time of the call */
	uint64_t messages;
	uint64_t tls; /* of these */
	uint64_t refused;
	int64_t last_seen;
};

struct queries_day {
	int64_t day;
	uint64_t tls;
	uint64_t plain;
	uint64_t unknown;
	uint64_t refused; /* rejected, deferred, downgrades */
};

/* What the shares are counted by. */
enum queries_by { QUERIES_BY_VERSION, QUERIES_BY_CIPHER, QUERIES_BY_NETWORK,
	QUERIES_BY_EVENT };

typedef void queries_take_row(void *context, const struct queries_row *row);
typedef void queries_take_share(void *context,
    const struct queries_share *share);
typedef void queries_take_day(void *context, const struct queries_day *day);
/* Returning false ends it. seq and canonical line of a record. */
typedef bool queries_take_record(void *context, struct slice line);

/* Gives *out. Fails: as store_open_reader (NOTFOUND, DENIED, SYNTAX, ...). */
enum status queries_open(const char *path, struct queries **out,
    struct fault *fault) MUST_CHECK;

/* The same, of an empty database in memory that its caller fills. */
enum status queries_open_memory(struct queries **out,
    struct fault *fault) MUST_CHECK;
void queries_close(struct queries **queries);

/* The connection, for this room's other files that ask. */
struct store;
const struct store *queries_store(const struct queries *queries);

/* First and last day that there are summaries of. Fails: NOTFOUND (none). */
enum status queries_days(struct queries *queries, struct queries_range *out,
    struct fault *fault) MUST_CHECK;

/*
 * A row for each domain (all of them when domain is NULL) and direction, in
 * the order of their names.
 */
enum status queries_domains(struct queries *queries,
    const struct queries_range *range, const char *domain,
    queries_take_row *take, void *context, struct fault *fault) MUST_CHECK;

/* Shares of one domain and direction, the largest first. */
enum status queries_shares(struct queries *queries,
    const struct queries_range *range, const char *domain,
    enum record_direction direction, enum queries_by by,
    queries_take_share *take, void *context, struct fault *fault) MUST_CHECK;

/* Days in order, those without mail left out. domain NULL: of all. */
enum status queries_by_day(struct queries *queries,
    const struct queries_range *range, const char *domain,
    enum record_direction direction, queries_take_day *take, void *context,
    struct fault *fault) MUST_CHECK;

/* Canonical lines of the domain's records in the range, oldest first. */
enum status queries_records(struct queries *queries,
    const struct queries_range *range, const char *domain,
    queries_take_record *take, void *context,
    struct fault *fault) MUST_CHECK;

#endif
