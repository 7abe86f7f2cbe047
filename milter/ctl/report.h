/*
 * report: what the ledger answers, gathered for every form of output.
 *
 * report_gather.c and report_refusals.c fill a struct report; report_text.c,
 * report_csv.c, report_json.c and report_html.c print it. Source: LEDGER.md,
 * "Questions".
 */
#ifndef HOPSEAL_CTL_REPORT_H
#define HOPSEAL_CTL_REPORT_H

#include "milter/config/config.h"
#include "milter/ctl/period.h"
#include "milter/ctl/report_refusals.h"
#include "milter/fleet/hosts.h"
#include "milter/ledger/integrity.h"
#include "milter/ledger/queries.h"

enum {
	REPORT_TIGHTEN_DAYS = 30,     /* of TLS without exception */
	REPORT_TIGHTEN_MESSAGES = 10, /* at least */
	REPORT_NEW_DAYS = 30,
	REPORT_YOUNG_DAYS = 7, /* of a ledger, when all is new */
	REPORT_LIST_MAX = 20, /* rows of a list in text and html */
	REPORT_EVIDENCE_MAX = 2000 /* records in html */
};

struct report_row {
	char *domain;
	struct queries_row counts; /* its domain is ours */
	const struct rule *rule;   /* NULL: no configuration was read */
	struct slice policy;	   /* title of the rule */
	enum mode mode;		   /* of this side */
	bool has_section; /* the rule is of this very domain */
};

struct report {
	const char *ledger;
	const char *domain; /* NULL: of all */
	bool has_direction;
	enum record_direction direction;
	struct period asked;
	struct queries_range range; /* as far as the ledger reaches */
	int64_t ledger_first_day;
	bool evidence;
	int64_t now;
	struct queries *queries;
	struct queries *days; /* of all domains of a fleet; NULL: queries */
	const struct config *config; /* NULL: none was read */
	struct report_row *rows;
	size_t count;
	size_t room;
	struct queries_row total[2]; /* by direction */
	struct queries_row domain_rows[2];
	struct refusals refusals; /* what enforcement would have refused */
	struct integrity integrity;
	bool is_fleet; /* of all hosts of a centre, not of a ledger here */
	struct hosts hosts; /* of a fleet */
};

/*
 * Ask all that every form needs. report holds ledger, domain, direction,
 * range, queries and config; pair: report_clear. Fails: as the queries.
 */
enum status report_gather(struct report *report,
    struct fault *fault) MUST_CHECK;
void report_clear(struct report *report);

/* Who knows of days. */
struct queries *report_days(const struct report *report);

/*
 * Fill hosts and queries from the centre at url, in the place of
 * queries_open. Fails: as centre_ask; the sentence says what to do.
 */
enum status report_bring(struct report *report, const char *url,
    struct fault *fault) MUST_CHECK;

/*
 * Append a cell of csv (RFC 4180), quoted when it must be. An apostrophe goes
 * before what a spreadsheet would take for a formula.
 */
void report_csv_cell(struct buf *out, const char *text);

/* The hosts of a fleet, in four forms; nothing without one. */
void report_hosts_text(const struct report *report);
void report_hosts_html(const struct report *report);
void report_hosts_json(const struct report *report);
void report_hosts_csv(const struct report *report);

/* Risk: anything taken or sent in clear, below policy, or a downgrade. */
bool report_is_risk(const struct report_row *row);

/* A domain that must come or go over TLS was reached in clear. */
bool report_is_breach(const struct report_row *row);

/* Seen first within the last REPORT_NEW_DAYS of the range. */
bool report_is_new(const struct report *report, const struct report_row *row);

/*
 * All its sessions met the level, long and often enough, and its mode does
 * not require it yet.
 */
bool report_can_tighten(const struct report_row *row);

/* Indices of rows, riskiest first; returns how many. index has count places. */
size_t report_by_risk(const struct report *report, size_t *index);

/*
 * Does row begin a stanza that could be pasted? Its domain's other direction
 * is in the same stanza.
 */
bool report_begins_stanza(const struct report *report, size_t at);

/* The stanza, appended; each line after indent. */
void report_stanza(const struct report *report, size_t at,
    const char *indent, struct buf *out);

/*
 * The plain sentence for one direction, appended: "All 1,204 messages from
 * bank.example since 2026-01-03 came over TLS 1.2 or later; last in clear:
 * never."
 */
void report_sentence(const struct queries_row *row, struct buf *out);

/*
 * Whether every domain whose policy requires TLS was reached over TLS only,
 * in one sentence, appended. Returns false when one was not.
 */
bool report_headline(const struct report *report, struct buf *out);

/* What the policy says of one side, in words, appended. */
void report_policy(const struct report *report, const char *domain,
    enum record_direction direction, struct buf *out);

/* 1,204 and 98.8: for people. A share of nothing is "-". */
enum { REPORT_NUMBER = 32 };

/* The first and last day: as asked for, else as the ledger has them. */
void report_period(const struct report *report, char since[PERIOD_TEXT],
    char until[PERIOD_TEXT]);
void report_number(uint64_t value, char out[REPORT_NUMBER]);
void report_percent(uint64_t part, uint64_t whole, char out[REPORT_NUMBER]);

/* `2026-01-31`, or "never". */
void report_date(int64_t time, char out[REPORT_NUMBER]);

/* The forms. Each returns STATUS_OK, or what a query failed with. */
enum status report_text(struct report *report, bool colour,
    struct fault *fault) MUST_CHECK;
enum status report_csv(struct report *report, struct fault *fault) MUST_CHECK;
enum status report_json(struct report *report,
    struct fault *fault) MUST_CHECK;
enum status report_html(struct report *report,
    struct fault *fault) MUST_CHECK;

#endif
