/*
 * ledger: evidence of every hop, and what was known before.
 *
 *	ledger_open -> ledger_start -> ledger_history, ledger_submit,
 *	ledger_wait ... -> ledger_close -> ledger_free
 *
 * main opens the ledger before the configuration is final (a fault there is
 * exit 78) and starts the writer thread once signals are blocked. A session
 * asks ledger_history at MAIL, submits one record per refusal at RCPT
 * without a ticket, and at EOM all records of the message as one unit, with
 * a ticket that it waits for.
 *
 * Always: submitted = committed + refused + failed + length of the queue.
 *
 * Threads: all but open, start, close and free from any thread. After
 * ledger_close sessions may still call: they are refused. ledger_free when
 * none can. Limits: LEDGER_UNIT_MAX records per submit, LEDGER_QUEUE records
 * waiting, 65,536 entries of memory. Source: LEDGER.md.
 */
#ifndef HOPSEAL_LEDGER_LEDGER_H
#define HOPSEAL_LEDGER_LEDGER_H

#include "milter/ledger/record.h"
#include "policy/base/attributes.h"
#include "policy/base/status.h"
#include "policy/decide.h"
#include "policy/network.h"

enum {
	LEDGER_UNIT_MAX = 1024,
	LEDGER_QUEUE = 4096,
	LEDGER_WAIT_MS = 2000, /* at EOM, then on-ledger-fault decides */
	LEDGER_CHECKPOINT_SECONDS = 60
};

/* QUEUED: the message does not wait, ledger_wait returns at once. */
enum ledger_durability { LEDGER_QUEUED, LEDGER_COMMIT, LEDGER_FSYNC };

struct ledger;

/* Milliseconds since 1970 UTC, for checkpoints and retention. */
typedef int64_t ledger_clock(void);

/*
 * The first leaf that another database has not got yet; UINT64_MAX: it has
 * all. Called by the writer thread.
 */
typedef uint64_t ledger_shipped(void *context);

/* A fault or its end, in a sentence; called by the writer thread. */
typedef void ledger_report(void *context, bool is_fault,
    const char *sentence);

struct ledger_options {
	const char *path;
	const char *host; /* goes into every record; names the log */
	enum ledger_durability durability;
	unsigned keep_days;
	unsigned keep_summary_days;
	unsigned max_domains_per_day;
	unsigned queue_records;	     /* 0: LEDGER_QUEUE */
	unsigned checkpoint_seconds; /* 0: LEDGER_CHECKPOINT_SECONDS */
	ledger_clock *clock;	     /* NULL: the system's */
	ledger_report *report;	     /* NULL: nobody is told */
	void *context;
	ledger_shipped *shipped; /* NULL: nobody ships this ledger */
	void *shipped_context;
	unsigned ship_backlog_days; /* what is not shipped may grow so old */
};

/* Held by the session between submit and wait. */
struct ledger_ticket {
	unsigned place;
};

struct ledger_stats {
	uint64_t submitted; /* records */
	uint64_t committed;
	uint64_t refused; /* the queue was full, or closed */
	uint64_t failed;  /* the database said no */
	uint64_t timeouts; /* waits that ended without an answer */
	uint64_t length;   /* records waiting now */
	uint64_t longest;
	uint64_t commits; /* transactions */
	uint64_t faults;  /* transactions that failed */
	uint64_t checkpoints;
	uint64_t records; /* leaves of the Merkle log */
	uint64_t memory;  /* entries known for downgrades */
};

/*
 * Open or create the ledger and its key, and load the memory. Gives *out.
 * Fails, with a sentence that says what to do: NOTFOUND (no such folder),
 * DENIED (cannot be written), EXISTS (another program's file, or another
 * key), SYNTAX (corrupt, or newer than this program), BUSY (locked), IO,
 * NOMEM, CRYPTO.
 */
enum status ledger_open(const struct ledger_options *options,
    struct ledger **out, struct fault *fault) MUST_CHECK;

/* Start the writer thread, which blocks all signals. Fails: NOMEM. */
enum status ledger_start(struct ledger *ledger,
    struct fault *fault) MUST_CHECK;

/*
 * What is known of the sender's domain and the client's network. now in
 * milliseconds. Never blocks on the writer or the disk. client may be NULL.
 * Fails: NOMEM, CRYPTO.
 */
enum status ledger_history(struct ledger *ledger, struct slice domain,
    const struct ipaddr *client, int64_t now,
    struct history *out) MUST_CHECK;

/*
 * A message is being received whose records will be submitted with a ticket:
 * those of others may wait some milliseconds to be committed together with
 * them. One ledger_withdraw with what it returned follows each, before the
 * records are submitted or when there will be none. Costs one atomic operation.
 */
unsigned ledger_announce(struct ledger *ledger);
void ledger_withdraw(struct ledger *ledger, unsigned announcement);

/*
 * Hand over the records of one message (or one refusal); they are written
 * together. ticket NULL: nobody waits. With a ticket and STATUS_OK,
 * ledger_wait must be called exactly once. Feeds the memory of downgrades,
 * also when the record is refused. Copies. Fails: BUSY (the queue is full,
 * or closed), LIMIT (count above LEDGER_UNIT_MAX); both are counted.
 */
enum status ledger_submit(struct ledger *ledger,
    const struct ledger_record *records, size_t count,
    struct ledger_ticket *ticket) MUST_CHECK;

/*
 * Wait until the records are as safe as the durability says. Fails: TIMEOUT
 * (they may still be written later), or why they were not written: IO,
 * DENIED, SYNTAX, NOMEM.
 */
enum status ledger_wait(struct ledger *ledger, struct ledger_ticket *ticket,
    unsigned timeout_ms) MUST_CHECK;

/*
 * New limits after a reload: what is too old by them goes at once. Path, host
 * and durability need a restart.
 */
void ledger_limits(struct ledger *ledger, unsigned keep_days,
    unsigned keep_summary_days, unsigned max_domains_per_day,
    unsigned ship_backlog_days);

void ledger_stats(struct ledger *ledger, struct ledger_stats *out);

/*
 * Refuse what comes from now on, write what is queued, make a checkpoint,
 * end the thread, close the file. Without a thread (a short program may do
 * without ledger_start) it writes here. NULL is allowed.
 */
void ledger_close(struct ledger *ledger);
void ledger_free(struct ledger **ledger);

#endif
